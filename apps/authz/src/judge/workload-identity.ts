/**
 * The name by which a mesh knows a workload: `spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE-ACCOUNT`.
 *
 * Source  SPIFFE-ID, 2 (trust domain and path, at most 2,048 bytes); the names are those of Kubernetes.
 */
export interface WorkloadIdentity {
  readonly trustDomain: string
  readonly namespace: string
  readonly serviceAccount: string
}

const scheme = 'spiffe://'
const mostCharacters = 2048

/** Undefined for whatever is not exactly such a name: another spelling may be another workload's. */
export function parseWorkloadIdentity(text: string): WorkloadIdentity | undefined {
  if (text.length > mostCharacters) return undefined
  if (known.has(text)) return known.get(text)
  if (known.size >= mostKnown) known.clear()
  const identity = parse(text)
  known.set(text, identity)
  return identity
}

/** The same workloads ask again and again. Of a text that is too long nothing is kept. */
const known = new Map<string, WorkloadIdentity | undefined>()
const mostKnown = 1024

function parse(text: string): WorkloadIdentity | undefined {
  if (!text.startsWith(scheme)) return undefined
  const [trustDomain = '', ns, namespace = '', sa, serviceAccount = '', ...more] = text
    .slice(scheme.length)
    .split('/')
  if (ns !== 'ns' || sa !== 'sa' || more.length > 0) return undefined
  if (!isTrustDomain(trustDomain) || !isLabel(namespace) || !isSubdomain(serviceAccount)) return undefined
  return { trustDomain, namespace, serviceAccount }
}

/** Letters are small: a name with capitals is another one. */
export function isTrustDomain(text: string): boolean {
  return text.length <= 255 && /^[a-z0-9._-]+$/.test(text)
}

function isLabel(text: string): boolean {
  return text.length <= 63 && /^[a-z0-9-]+$/.test(text) && !text.startsWith('-') && !text.endsWith('-')
}

function isSubdomain(text: string): boolean {
  return text.length <= 253 && text.split('.').every(isLabel)
}
