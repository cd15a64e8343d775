/** What `metadata.name` may be, kind by kind. Source: spec/api.md section 4; Kubernetes API validation. */
import { isDnsLabel, isDnsSubdomain, maxSubdomainLength } from './names.ts'

export interface NameFormat {
  readonly isValid: (name: string) => boolean
  /** Completes "must be …". */
  readonly allowed: string
}

const characters = 'a-z, 0-9 and inner "-"'

export const subdomainName: NameFormat = {
  isValid: isDnsSubdomain,
  allowed: `at most 253 characters: parts of ${characters}, joined by "."`,
}

export const labelName: NameFormat = {
  isValid: (name) => isDnsLabel(name),
  allowed: `at most 63 characters of ${characters}, without "."`,
}

/** As a host name in DNS: it begins with a letter. Source: RFC 1035. */
export const serviceName: NameFormat = {
  isValid: (name) => isDnsLabel(name) && /^[a-z]/.test(name),
  allowed: `at most 63 characters of ${characters}, of which the first is a letter`,
}

/** One or two DNS labels: `name` or `tier.name`. The tier is `spec.tier` all the same. */
export const globalPolicyName: NameFormat = {
  isValid: isOneOrTwoLabels,
  allowed: `"name" or "tier.name": at most 253 characters of ${characters}, with at most one "."`,
}

/** As for global policies, and names that Kubernetes policies have when they are read through Calico's API. */
export const policyName: NameFormat = {
  isValid: (name) => isOneOrTwoLabels(name) || isImportedName(name),
  allowed: `${globalPolicyName.allowed}, or "knp.default." before the name of a Kubernetes policy`,
}

function isOneOrTwoLabels(name: string): boolean {
  return isDnsSubdomain(name) && name.split('.').length <= 2
}

function isImportedName(name: string): boolean {
  const match = /^(?:knp|ossg)\.default\.(.+)$/.exec(name)
  return match?.[1] !== undefined && name.length <= maxSubdomainLength && isDnsSubdomain(match[1])
}
