/**
 * Clients behind agents, a trusted resolver and another one, and an internet at each address that these give, behind a node without agent.
 *
 * The addresses of `rotate.test` are from the 10,001st on, with the other resolver from the 40,001st; those of other names are before.
 */
import { join } from 'node:path'
import {
  type AskBy,
  internetPort,
  type Question,
  ResolvingClient,
  routeToInternet,
  startInternet,
  startResolver,
} from '@margay/lab'
import type { ObjectMeta } from '@margay/resources'
import { AgentsLab, kindOf, startLabOf } from '../support/agents-lab.ts'
import { eventually } from '../support/eventually.ts'

export type Version = 4 | 6
export type ResolverName = 'dns' | 'rogue'
const namespaceOf: Readonly<Record<ResolverName, string>> = { dns: 'kube-system', rogue: 'team' }
const firstRotation: Readonly<Record<ResolverName, number>> = { dns: 10_000, rogue: 40_000 }

const agentNodes = ['node-1', 'node-2']

export type Tried = 'connected' | 'failed' | 'no answer'

export interface AskOptions {
  readonly version?: Version
  readonly by?: AskBy
  readonly resolver?: ResolverName
  readonly type?: Question['type']
}

export class DnsLab extends AgentsLab {
  readonly #clients = new Map<string, Promise<ResolvingClient>>()
  readonly #servers: { stop(): Promise<void> }[] = []

  /** With an agent on the nodes that have clients. */
  static async start(name: string): Promise<DnsLab> {
    const lab = new DnsLab(await startLabOf(name, join(import.meta.dirname, 'topology')))
    try {
      await lab.#startServers()
      for (const node of agentNodes) await lab.startAgent(node)
      return lab
    } catch (error) {
      await lab.close()
      throw error
    }
  }

  override async close(): Promise<string[]> {
    const clients = await Promise.all(this.#clients.values())
    await Promise.all([...clients, ...this.#servers].map((it) => it.stop()))
    return super.close()
  }

  /** A program in that pod, the same each time. */
  clientIn(pod: string): Promise<ResolvingClient> {
    const client = this.#clients.get(pod) ?? ResolvingClient.start(this.view.pod('team', pod).netns)
    this.#clients.set(pod, client)
    return client
  }

  addressOf(pod: string, version: Version, namespace = 'team'): string {
    const ip = this.view.pod(namespace, pod).ips.find((it) => it.includes(':') === (version === 6))
    if (ip === undefined) throw new Error(`${pod} has no IPv${version} address`)
    return ip
  }

  question(name: string, options: AskOptions = {}): Question {
    const { version = 4, by = 'c-ares', resolver = 'dns' } = options
    const { type = version === 4 ? 'A' : 'AAAA' } = options
    return { name, type, by, server: this.addressOf(resolver, version, namespaceOf[resolver]) }
  }

  /** Asks once, and connects at once to the first address. */
  async tries(pod: string, name: string, options: AskOptions = {}): Promise<Tried> {
    const client = await this.clientIn(pod)
    const { connected, unresolved } = await client.firstConnections(this.question(name, options), 1)
    if (unresolved > 0) return 'no answer'
    return connected > 0 ? 'connected' : 'failed'
  }

  /** Clients may connect to what this destination names, at the port of the internet. In force when `probe` connects from a1. */
  async allow(policy: string, destination: object, probe: string): Promise<void> {
    const egress = [
      { action: 'Allow', protocol: 'TCP', destination: { ports: [internetPort], ...destination } },
    ]
    await this.apply('projectcalico.org/v3', 'GlobalNetworkPolicy', {
      metadata: { name: policy },
      spec: { selector: "role == 'client'", types: ['Egress'], egress },
    })
    await eventually(`${probe} is allowed`, async () => (await this.tries('a1', probe)) === 'connected')
  }

  async apply(
    apiVersion: string,
    kind: string,
    object: { readonly metadata: ObjectMeta; readonly spec: object },
  ) {
    await this.client.apply(kindOf(`${apiVersion}/${kind}`), { apiVersion, kind, ...object })
  }

  /** What the kernel of a node has in tables of that name, as nft lists it; empty where there is none. */
  async tablesNamed(node: string, table: string): Promise<string> {
    const lists = ['ip', 'ip6', 'inet'].map((family) =>
      this.view.runInNode(this.view.node(node), 'nft', ['list', 'table', family, table], '', {
        allowFailure: true,
      }),
    )
    return (await Promise.all(lists)).map(({ stdout }) => stdout).join('')
  }

  async #startServers(): Promise<void> {
    const internet = this.view.node('node-3')
    this.#servers.push(await startInternet(internet.netns))
    for (const node of agentNodes) await routeToInternet(this.view.node(node).netns, internet.ips)
    for (const resolver of ['dns', 'rogue'] as const) {
      const { netns, ips } = this.view.pod(namespaceOf[resolver], resolver)
      this.#servers.push(
        await startResolver({ netns, addresses: ips, firstRotation: firstRotation[resolver] }),
      )
    }
  }
}
