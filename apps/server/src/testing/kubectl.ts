/** The kubectl programs of this machine. */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'

export interface Result {
  /** The exit code. */
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

export class Kubectl {
  readonly path: string
  readonly #kubeconfig: string
  readonly #home: string

  /** `home` takes kubectl's discovery cache. */
  constructor(path: string, kubeconfig: string, home: string) {
    this.path = path
    this.#kubeconfig = kubeconfig
    this.#home = home
  }

  run(args: readonly string[], input = '', environment: Record<string, string> = {}): Promise<Result> {
    const env = {
      PATH: process.env.PATH ?? '',
      HOME: this.#home,
      KUBECONFIG: this.#kubeconfig,
      ...environment,
    }
    return new Promise((resolve) => {
      const child = execFile(this.path, args, { env, timeout: 60_000 }, (error, stdout, stderr) => {
        resolve({
          code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1,
          stdout,
          stderr,
        })
      })
      child.stdin?.end(input)
    })
  }

  /** Standard output of a call that must succeed. */
  async ok(args: readonly string[], input = '', environment: Record<string, string> = {}): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input, environment)
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} exited with ${code}: ${stderr}`)
    return stdout
  }

  apply(manifest: string, ...args: readonly string[]): Promise<string> {
    return this.ok(['apply', '-f', '-', ...args], manifest)
  }
}

/** The kubectl in PATH; undefined when there is none. */
export function findKubectl(): string | undefined {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/local/bin']
  return folders.map((folder) => join(folder, 'kubectl')).find((path) => existsSync(path))
}

/** The minor version of a kubectl: 32 for v1.32.4. */
export function minorVersionOf(path: string): number {
  const json = execFileSync(path, ['version', '--client', '-o', 'json'], { encoding: 'utf8' })
  const { clientVersion } = JSON.parse(json) as { clientVersion: { gitVersion: string } }
  return Number(/^v1\.(\d+)\./.exec(clientVersion.gitVersion)?.[1] ?? 0)
}

/** From this one on, kubectl asks the server to check fields, and needs no flag for kinds that it does not know. */
const firstModernMinor = 27

/** The kubectl in PATH, if it is 1.27 or newer; Debian 12 has an older one. */
export function findModernKubectl(): string | undefined {
  const path = findKubectl()
  return path !== undefined && minorVersionOf(path) >= firstModernMinor ? path : undefined
}

/** The kubectl in PATH, if it is older than 1.27: it needs `--validate=false` for kinds of projectcalico.org. */
export function findOldKubectl(): string | undefined {
  const path = findKubectl()
  return path !== undefined && minorVersionOf(path) < firstModernMinor ? path : undefined
}

/** Versions that are installed beside the kubectl in PATH, as `kubectl.1.27`; oldest first. */
export function findOtherVersions(kubectl: string): string[] {
  const folder = dirname(realpathSync(kubectl))
  const names = readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name))
  const minor = (name: string): number => Number(name.split('.')[2])
  return names.sort((a, b) => minor(a) - minor(b)).map((name) => join(folder, name))
}
