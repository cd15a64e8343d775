/** The driver on the nft(8) command, in this network namespace or in a named one. */
import { spawn } from 'node:child_process'
import { tableName } from '@margay/dataplane'
import { type NftDriver, NftError, type NftNames } from './nft-driver.ts'
import { withWholeInput } from './whole-input.ts'

export class NftCommand implements NftDriver {
  readonly #command: readonly [string, ...string[]]

  /** `netns` is a name as `ip netns` knows it. */
  constructor(netns?: string) {
    this.#command = netns === undefined ? ['nft'] : ['ip', 'netns', 'exec', netns, 'nft']
  }

  async list(): Promise<NftNames> {
    try {
      return namesIn(await this.#run(['-j', '-t', 'list', 'table', ...tableName.split(' ')], 'ignore'))
    } catch (error) {
      if (error instanceof NftError && noSuchTable.test(error.message)) return noNames
      throw error
    }
  }

  async apply(commands: string): Promise<void> {
    await withWholeInput(commands, (descriptor) => this.#run(['-f', '-'], descriptor))
  }

  #run(args: readonly string[], input: 'ignore' | number): Promise<string> {
    const [command, ...prefix] = this.#command
    return new Promise((resolve, reject) => {
      const child = spawn(command, [...prefix, ...args], { stdio: [input, 'pipe', 'pipe'] })
      const output: string[] = []
      const errors: string[] = []
      child.stdout?.setEncoding('utf8').on('data', (text: string) => output.push(text))
      child.stderr?.setEncoding('utf8').on('data', (text: string) => errors.push(text))
      child.on('error', (cause) => reject(new NftError(unusable(command, cause), { cause })))
      child.on('close', (status) =>
        status === 0 ? resolve(output.join('')) : reject(new NftError(summaryOf(errors.join(''), status))),
      )
    })
  }
}

/** As nft says it of a table; `ip netns exec` has other words for a namespace that is not there. */
const noSuchTable = /^nft: Error: No such file or directory/

const packages: Readonly<Record<string, string>> = { nft: 'nftables', ip: 'iproute2' }

function unusable(command: string, cause: NodeJS.ErrnoException): string {
  if (cause.code !== 'ENOENT') return `cannot run ${command}: ${cause.message}`
  return `${command} is not installed (Debian package ${packages[command]}), or not in PATH`
}

const noNames: NftNames = { sets: [], maps: [], chains: [] }

/** nft repeats the command below its message; the first line says what is wrong. */
function summaryOf(errors: string, status: number | null): string {
  const first = errors.split('\n').find((line) => line.trim() !== '')
  const line = first?.trim() ?? `ended with status ${status}`
  return line.startsWith('Cannot open network namespace') ? line : `nft: ${line}`
}

interface ListedObject {
  readonly name: string
}

/** Reads `nft -j list table`. */
function namesIn(json: string): NftNames {
  const { nftables } = JSON.parse(json) as { nftables: readonly Record<string, ListedObject>[] }
  const named = (type: string) => nftables.flatMap((entry) => entry[type]?.name ?? [])
  return { sets: named('set'), maps: named('map'), chains: named('chain') }
}
