/**
 * Clients and workloads in namespaces of their own, real Envoys in front of the workloads, and `margay authz` that they ask, which follows
 * a real server. Nothing enforces in the kernel until a test starts the agent.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type LabMember, Program } from '@margay/lab'
import type { ResourceObject } from '@margay/resources'
import { parseAllDocuments } from 'yaml'
import { AgentsLab, kindOf, startLabOf } from '../support/agents-lab.ts'
import { type Ended, MargayProcess, root } from '../support/margay.ts'
import { CertificateAuthority, spiffeId } from './certificates.ts'
import type { Response, Target } from './client-task.ts'
import { Envoy } from './envoy.ts'
import { PodClient, type RequestOptions } from './pod-client.ts'

export const examples = join(root, 'examples/authz')
const bundle = join(root, 'apps/cli/dist/margay.js')

export class AuthzLab extends AgentsLab {
  readonly #programs: { stop(): Promise<unknown> }[] = []
  readonly #clients = new Map<string, Promise<PodClient>>()
  #authority: CertificateAuthority | undefined

  static async start(name: string): Promise<AuthzLab> {
    const lab = new AuthzLab(await startLabOf(name, join(import.meta.dirname, 'topology')))
    try {
      lab.#authority = await CertificateAuthority.make(lab.home)
      return lab
    } catch (error) {
      await lab.close()
      throw error
    }
  }

  override async close(): Promise<string[]> {
    const clients = await Promise.all(this.#clients.values())
    await Promise.all([...clients, ...this.#programs].map((it) => it.stop()))
    return super.close()
  }

  get authority(): CertificateAuthority {
    if (this.#authority === undefined) throw new Error('the lab has no authority')
    return this.#authority
  }

  /** The administrator's. */
  get kubeconfig(): string {
    return `/run/margay/labs/${this.name}.api/kubeconfig`
  }

  /** What the agent of the node has, and no more. */
  get nodeKubeconfig(): string {
    return `/run/margay/labs/${this.name}.api/node-1.kubeconfig`
  }

  /** A program in that pod, the same each time. */
  clientIn(pod: string, namespace = 'shop'): Promise<PodClient> {
    const key = `${namespace}/${pod}`
    const client = this.#clients.get(key) ?? PodClient.start(this.view.pod(namespace, pod).netns)
    this.#clients.set(key, client)
    return client
  }

  /** From a pod of `shop`, or `ops/POD`. */
  async sent(from: string, target: Target, line: string, options: RequestOptions = {}): Promise<Response> {
    const [pod = '', namespace] = from.split('/').reverse()
    return (await this.clientIn(pod, namespace)).request(target, line, options)
  }

  async statusOf(from: string, target: Target, line: string, options: RequestOptions = {}): Promise<number> {
    return (await this.sent(from, target, line, options)).status
  }

  target(pod: string, port: number, namespace = 'shop'): Target {
    return { address: this.view.pod(namespace, pod).ips[0] ?? '', port }
  }

  /** Where a service of this name has its socket. */
  socketsOf(service: string): string {
    const directory = join(this.home, `sockets-${service}`)
    mkdirSync(directory, { recursive: true })
    return directory
  }

  /** A command of margay as it is bundled. */
  run(...args: readonly string[]): Promise<Ended> {
    return new MargayProcess(process.execPath, [bundle, ...args], { input: '' }).ended
  }

  /** `margay authz` as it is bundled; ready when it answers. */
  async startAuthz(service: string, ...flags: readonly string[]): Promise<MargayProcess> {
    const sockets = this.socketsOf(service)
    const listen = [
      '--listen',
      `unix:${sockets}/authz.sock`,
      '--http-listen',
      `unix:${sockets}/authz-http.sock`,
    ]
    const place = ['--kubeconfig', this.nodeKubeconfig, ...listen, '--stop-with-stdin']
    const authz = new MargayProcess(process.execPath, [bundle, 'authz', ...place, ...flags])
    this.#programs.push(authz)
    await authz.printed(/policy is known/)
    return authz
  }

  /** Behind a proxy of its own it listens on loopback. */
  async startWorkload(member: LabMember, port: number, host = '127.0.0.1'): Promise<void> {
    const program = join(import.meta.dirname, 'workload-program.ts')
    const place = { netns: member.netns, command: process.execPath, args: [program, String(port), host] }
    this.#programs.push(await Program.start(place, /^ready/))
  }

  /** It asks the service of that name, and has a certificate, also where its configuration wants none. */
  async startEnvoy(member: LabMember, config: string, service: string): Promise<Envoy> {
    const { directory } = await this.authority.issue(
      `envoy-of-${member.name}`,
      `URI:${spiffeId('shop', 'server')}`,
    )
    const envoy = await Envoy.start({ member, config, sockets: this.socketsOf(service), identity: directory })
    this.#programs.push(envoy)
    return envoy
  }

  /** All objects of a file. */
  async applyManifests(path: string): Promise<void> {
    for (const document of parseAllDocuments(readFileSync(path, 'utf8'))) {
      await this.apply(document.toJS() as ResourceObject)
    }
  }

  async apply(object: ResourceObject): Promise<void> {
    await this.client.apply(kindOf(`${object.apiVersion}/${object.kind}`), object)
  }
}
