/** Says in good time that one's own certificate ends: afterwards one would go on with what one last knew, for ever. */
import { X509Certificate } from 'node:crypto'
import type { ClientConfig } from '../config/client-config.ts'

const noticeMs = 30 * 24 * 60 * 60 * 1000

/**
 * What there is to say within the last 30 days, or the last third of a shorter validity; undefined before, and without a
 * certificate. `holder` is who has it, as `this agent`. Never throws.
 */
export function certificateNotice(
  { clientCertificate }: Pick<ClientConfig, 'clientCertificate'>,
  now: Date,
  holder: string,
): string | undefined {
  if (clientCertificate === undefined) return undefined
  const validity = validityOf(clientCertificate)
  if (validity === undefined) return `${holder}'s certificate can't be read: no server will take it`
  const [from, to] = validity
  const leftMs = to - now.getTime()
  if (leftMs > Math.min(noticeMs, (to - from) / 3)) return undefined
  const end = new Date(to).toISOString().replace(/\.\d+Z$/, 'Z')
  return leftMs > 0
    ? `${holder}'s certificate ends at ${end}: issue a new kubeconfig, as with margay kubeconfig node`
    : `${holder}'s certificate has ended at ${end}, and the server takes it no more: policy stays as it is`
}

/** Milliseconds since 1970; undefined for what is no certificate. */
function validityOf(pem: string): readonly [from: number, to: number] | undefined {
  try {
    const { validFrom, validTo } = new X509Certificate(pem)
    return [Date.parse(validFrom), Date.parse(validTo)]
  } catch {
    return undefined
  }
}
