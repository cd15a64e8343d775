/**
 * Names of a lab and of its network namespaces.
 *
 * A lab name holds no dot, so `margay-<lab>.` is the prefix of this lab's namespaces and of no other's:
 * that is what lets leftovers be found and removed without touching a lab with a similar name.
 */
import { createHash } from 'node:crypto'
import { InvalidSpecError } from './errors.ts'

const label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const subdomain = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
/** A namespace is a file in /run/netns; Linux allows 255 bytes. */
const maximumFileName = 255

/** A DNS label of at most 40 characters. Throws InvalidSpecError. */
export function checkLabName(name: string): void {
  if (name.length > 40 || !label.test(name)) {
    throw new InvalidSpecError(
      'lab name',
      `${JSON.stringify(name)} is not a DNS label of at most 40 characters`,
    )
  }
}

/** A DNS label or subdomain, as Kubernetes takes for nodes. Throws InvalidSpecError. */
export function checkNodeName(name: string): void {
  checkSubdomain('node name', name)
}

export function checkPodName(pod: { readonly namespace: string; readonly name: string }): void {
  if (pod.namespace.length > 63 || !label.test(pod.namespace)) {
    throw new InvalidSpecError('pod namespace', `${JSON.stringify(pod.namespace)} is not a DNS label`)
  }
  checkSubdomain('pod name', pod.name)
}

/** Linux: 1 to 15 bytes, no slash, no white space, no colon (aliases), not a dot name. Throws InvalidSpecError. */
export function checkInterfaceName(name: string): void {
  if (!/^[\w.-]{1,15}$/.test(name) || name === '.' || name === '..' || reservedInterfaces.has(name)) {
    throw new InvalidSpecError(
      'interfaceName',
      `${JSON.stringify(name)} is not a free interface name of at most 15 characters`,
    )
  }
}
/** In every node: its loopback, its way to the other nodes, and two names that sysctl uses. */
const reservedInterfaces = new Set(['lo', 'eth0', 'all', 'default'])

export function labPrefix(lab: string): string {
  return `margay-${lab}.`
}

export function nodeNetns(lab: string, node: string): string {
  return fit(`${labPrefix(lab)}node.${node}`)
}

export function podNetns(lab: string, pod: { readonly namespace: string; readonly name: string }): string {
  return fit(`${labPrefix(lab)}pod.${pod.namespace}.${pod.name}`)
}

/** The namespace that holds the bridge between the nodes. */
export function bridgeNetns(lab: string): string {
  return `${labPrefix(lab)}bridge`
}

function checkSubdomain(field: string, name: string): void {
  if (name.length > 253 || !subdomain.test(name)) {
    throw new InvalidSpecError(field, `${JSON.stringify(name)} is not a DNS subdomain`)
  }
}

function fit(name: string): string {
  if (name.length <= maximumFileName) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${name.slice(0, maximumFileName - digest.length - 1)}.${digest}`
}
