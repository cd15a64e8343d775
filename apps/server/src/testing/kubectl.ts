/** The kubectl programs of this machine. */
import { execFile } from 'node:child_process'
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

/** Versions that are installed beside the kubectl in PATH, as `kubectl.1.27`; oldest first. */
export function findOtherVersions(kubectl: string): string[] {
  const folder = dirname(realpathSync(kubectl))
  const names = readdirSync(folder).filter((name) => /^kubectl\.1\.\d+$/.test(name))
  const minor = (name: string): number => Number(name.split('.')[2])
  return names.sort((a, b) => minor(a) - minor(b)).map((name) => join(folder, name))
}
