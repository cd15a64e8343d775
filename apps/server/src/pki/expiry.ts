/** Says in good time that a certificate ends, once a day. */
import type { Clock, Log } from '../environment.ts'
import { inspect } from './certificates.ts'
import { authorityRenewal, type Pki } from './ensure-pki.ts'

const dayMs = 24 * 60 * 60 * 1000
const noticeMs = 30 * dayMs

/** What a person should know now; empty while nothing ends within 30 days. */
export function expiryNotices({ server, caCert }: Pick<Pki, 'server' | 'caCert'>, now: Date): string[] {
  const isNear = (time: Date | undefined): time is Date =>
    time !== undefined && time.getTime() - now.getTime() < noticeMs
  const end = inspect(server)?.expires
  const renewal = authorityRenewal(caCert)
  return [
    ...(isNear(end)
      ? [`the server's certificate ends on ${dayOf(end)}: restart the server, which makes a new one`]
      : []),
    ...(isNear(renewal)
      ? [
          `the first start after ${dayOf(renewal)} makes a new certificate authority: every kubeconfig must then be issued anew`,
        ]
      : []),
  ]
}

/** Logs what there is to say now and each day. The returned function ends that. */
export function watchExpiry(pki: Pki, clock: Clock, log: Log): () => void {
  let cancel: () => void
  const look = (): void => {
    for (const notice of expiryNotices(pki, clock.now())) log.info(`warning: ${notice}`)
    cancel = clock.after(dayMs, look)
  }
  look()
  return () => cancel()
}

function dayOf(time: Date): string {
  return time.toISOString().slice(0, 10)
}
