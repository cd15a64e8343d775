/** Certificates of workloads, with the SPIFFE ID that an authority of a mesh would give them; made by openssl, which is none of ours. */
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const ecKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']

/** Files in PEM. */
export interface Identity {
  /** Holds these, as cert.pem, key.pem and ca.pem. */
  readonly directory: string
  readonly cert: string
  readonly key: string
}

export class CertificateAuthority {
  readonly certificate: string
  readonly #home: string
  readonly #key: string
  #issued = 0

  private constructor(home: string) {
    this.#home = home
    this.certificate = join(home, 'ca.pem')
    this.#key = join(home, 'ca-key.pem')
  }

  /** Its files are in `home`, which exists. */
  static async make(home: string): Promise<CertificateAuthority> {
    const authority = new CertificateAuthority(home)
    const files = ['-keyout', authority.#key, '-out', authority.certificate]
    await run('openssl', ['req', '-x509', ...ecKey, ...files, '-subj', '/CN=mesh', '-days', '2'])
    return authority
  }

  /** `subjectAltName` as openssl writes it: `URI:spiffe://cluster.local/ns/shop/sa/web`. */
  async issue(name: string, subjectAltName: string): Promise<Identity> {
    const directory = join(this.#home, name)
    mkdirSync(directory)
    const identity = { directory, cert: join(directory, 'cert.pem'), key: join(directory, 'key.pem') }
    copyFileSync(this.certificate, join(directory, 'ca.pem'))
    const extensions = join(directory, 'extensions')
    writeFileSync(extensions, `subjectAltName=${subjectAltName}\n`)
    const request = join(directory, 'request.pem')
    await run('openssl', ['req', ...ecKey, '-keyout', identity.key, '-out', request, '-subj', `/O=mesh`])
    const serial = ['-set_serial', String(++this.#issued)]
    const by = ['-CA', this.certificate, '-CAkey', this.#key, ...serial, '-days', '2']
    await run('openssl', [
      'x509',
      '-req',
      '-in',
      request,
      ...by,
      '-extfile',
      extensions,
      '-out',
      identity.cert,
    ])
    return identity
  }
}

export function spiffeId(namespace: string, serviceAccount: string, trustDomain = 'cluster.local'): string {
  return `spiffe://${trustDomain}/ns/${namespace}/sa/${serviceAccount}`
}
