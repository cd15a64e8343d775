/**
 * A lab with an API, in which a test starts the agents of nodes itself: as processes, with files that outlive them.
 * All of them end with the test's own process, however that ends, and the lab takes along what runs in its namespaces.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ApiClient, mergeKubeconfigs } from '@margay/client'
import { type LabView, openLab } from '@margay/lab'
import { findKind, type KindDefinition } from '@margay/resources'
import { leftoversOf } from './leftovers.ts'
import { MargayProcess, root, startMargay } from './margay.ts'

export interface RunningLab {
  readonly name: string
  readonly process: MargayProcess
  readonly view: LabView
}

/** `topology` is a directory of manifests. What a killed run left under this name is removed. */
export async function startLabOf(name: string, topology: string): Promise<RunningLab> {
  const options = ['--no-agents', '--stop-with-stdin']
  const process = startMargay(['lab', '--name', name, '--topology', topology, ...options])
  await process.printed(/The lab stays up until Ctrl-C/).catch((error: unknown) => {
    process.signalGroup('SIGTERM')
    throw error
  })
  return { name, process, view: await openLab(name) }
}

export class AgentsLab {
  readonly name: string
  readonly view: LabView
  readonly client: ApiClient
  /** For files of this run. */
  protected readonly home: string
  readonly #process: MargayProcess
  readonly #agents = new Map<string, MargayProcess>()

  constructor({ name, process, view }: RunningLab) {
    this.name = name
    this.#process = process
    this.view = view
    this.home = mkdtempSync(join(tmpdir(), 'margay-e2e-'))
    this.client = clientBy(`/run/margay/labs/${name}.api/kubeconfig`)
  }

  /** What is left on the machine then: nothing should be. */
  async close(): Promise<string[]> {
    await Promise.all([...this.#agents.values()].map((agent) => agent.stop()))
    await this.view.close()
    await this.client.close()
    await this.#process.stop()
    rmSync(this.home, { recursive: true, force: true })
    return leftoversOf(this.name)
  }

  agent(node: string): MargayProcess {
    const agent = this.#agents.get(node)
    if (agent === undefined) throw new Error(`there is no agent of ${node}`)
    return agent
  }

  async startAgent(node: string, ...flags: readonly string[]): Promise<MargayProcess> {
    const api = `/run/margay/labs/${this.name}.api`
    const place = ['--node', node, '--netns', this.view.node(node).netns]
    const files = ['--kubeconfig', `${api}/${node}.kubeconfig`, '--state-directory', this.stateOf(node)]
    const agent = new MargayProcess(process.execPath, [
      join(root, 'apps/cli/dist/margay.js'),
      'agent',
      ...place,
      ...files,
      '--stop-with-stdin',
      ...flags,
    ])
    this.#agents.set(node, agent)
    await agent.printed(/enforcing policy for/)
    return agent
  }

  /** What a node's agent may do. */
  clientOf(node: string): ApiClient {
    return clientBy(`/run/margay/labs/${this.name}.api/${node}.kubeconfig`)
  }

  /** Where a node's agent keeps what outlives it. */
  stateOf(node: string): string {
    return join(this.home, node)
  }

  /** FelixConfiguration of this name, with nothing but these settings. */
  async settings(name: string, spec: object): Promise<void> {
    await this.client.apply(kindOf('projectcalico.org/v3/FelixConfiguration'), {
      apiVersion: 'projectcalico.org/v3',
      kind: 'FelixConfiguration',
      metadata: { name },
      spec,
    })
  }

  async patch(kind: string, name: string, patch: object): Promise<void> {
    await this.client.patch(kindOf(kind), { name }, patch, { type: 'merge' })
  }

  async create(apiVersion: string, kind: string, name: string, spec: object): Promise<void> {
    await this.client.create(kindOf(`${apiVersion}/${kind}`), { apiVersion, kind, metadata: { name }, spec })
  }

  async remove(kind: string, name: string): Promise<void> {
    await this.client.delete(kindOf(kind), { name })
  }
}

function clientBy(path: string): ApiClient {
  const readFile = (file: string) => readFileSync(file, 'utf8')
  return new ApiClient(mergeKubeconfigs([{ path, text: readFile(path) }], { readFile }))
}

/** `v1/Node`, `projectcalico.org/v3/IPPool`. */
export function kindOf(key: string): KindDefinition {
  const slash = key.lastIndexOf('/')
  const kind = findKind(key.slice(0, slash), key.slice(slash + 1))
  if (kind === undefined) throw new Error(`there is no kind ${key}`)
  return kind
}
