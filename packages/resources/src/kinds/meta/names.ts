/** The formats of names. Sources: RFC 1123, RFC 6335, Kubernetes "Object Names and IDs" and "Labels and Selectors". */

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const qualifiedNamePart = /^[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?$/
const portName = /^[a-z0-9]+(-[a-z0-9]+)*$/

export const maxLabelLength = 63
export const maxSubdomainLength = 253

/** Lower-case letters, digits and inner `-`; at most `maxLength` characters. */
export function isDnsLabel(text: string, maxLength = maxLabelLength): boolean {
  return text.length <= maxLength && dnsLabel.test(text)
}

/** DNS labels joined by dots; at most 253 characters. As in Kubernetes, the labels may exceed 63 characters. */
export function isDnsSubdomain(text: string): boolean {
  return (
    text.length <= maxSubdomainLength &&
    text.split('.').every((label) => isDnsLabel(label, maxSubdomainLength))
  )
}

/** A label's key: `name` or `dns.prefix/name`, the name of at most 63 characters. */
export function isQualifiedName(text: string): boolean {
  const parts = text.split('/')
  const name = parts.pop() ?? ''
  if (parts.length > 1 || !(name.length <= maxLabelLength && qualifiedNamePart.test(name))) return false
  return parts.every(isDnsSubdomain)
}

/** Empty, or at most 63 letters, digits, `-`, `_` and `.`, beginning and ending with a letter or digit. */
export function isLabelValue(text: string): boolean {
  return text === '' || (text.length <= maxLabelLength && qualifiedNamePart.test(text))
}

/** RFC 6335 service name: at most 15 lower-case letters, digits and single inner `-`, with a letter among them. */
export function isPortName(text: string): boolean {
  return text.length <= 15 && portName.test(text) && /[a-z]/.test(text)
}

/** A network interface of Linux: at most 15 characters (IFNAMSIZ). Of what the kernel takes, what Calico's v3 API takes. */
export function isInterfaceName(text: string): boolean {
  return /^[A-Za-z0-9_.-]{1,15}$/.test(text)
}

export const interfaceNameFormat = '1 to 15 letters, digits, "_", "." and "-"'

export const portNameFormat =
  'the name of a port has at most 15 characters, a-z, 0-9 and single inner "-", with at least one letter'
