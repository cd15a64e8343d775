/**
 * A host as it is compared: in lower case, without a dot at its end and without a port, since each of these is another spelling of the same host,
 * by which a request could pass for one to another. Source: RFC 9110, 4.2.3 and 7.2.
 */
export function canonicalHost(host: string): string {
  return host.trim().toLowerCase().replace(/:\d*$/, '').replace(/\.$/, '')
}
