/**
 * A pod that comes and goes: first policy forgets it, then its namespace and interface go; later others come under the same names
 * and addresses, and only then policy learns of them. In between, the interface is there and nobody may use it.
 */
import { type Lab, type PodSpec, podKey } from '@margay/lab'
import type { ResourceObject } from '@margay/resources'
import { serveEchoes, silence } from './silence.ts'

type Stage = 'Known' | 'Forgotten' | 'Gone' | 'Back'

/** How long it stays in each, in ms; the last is time for senders and taps to find it again. */
const stays: Readonly<Record<Stage, number>> = { Known: 2500, Forgotten: 100, Gone: 300, Back: 400 }

export class Guest {
  readonly #lab: Lab
  readonly #spec: PodSpec
  #stage: Stage = 'Known'
  #sinceMs = performance.now()
  #returns = 0

  /** A pod that is there now. */
  constructor(lab: Lab, namespace: string, name: string) {
    this.#lab = lab
    this.#spec = lab.pod(namespace, name)
  }

  /** How often it has come again, and policy knew it. */
  get returns(): number {
    return this.#returns
  }

  /** The world as the API tells of it. */
  seenIn(objects: readonly ResourceObject[]): ResourceObject[] {
    const { namespace, name } = this.#spec
    const isGuest = ({ kind, metadata }: ResourceObject) =>
      kind === 'Pod' && metadata.namespace === namespace && metadata.name === name
    return objects.filter((object) => this.#stage === 'Known' || !isGuest(object))
  }

  /** Between two worlds; the stage goes on when its time is over. */
  async step(): Promise<void> {
    if (performance.now() - this.#sinceMs < stays[this.#stage]) return
    this.#stage = await this.#next()
    this.#sinceMs = performance.now()
  }

  /** Whatever the stage is, the pod is there afterwards. */
  async stay(): Promise<void> {
    if (!this.#lab.pods.has(podKey(this.#spec))) await this.#plug()
    this.#stage = 'Known'
  }

  async #next(): Promise<Stage> {
    switch (this.#stage) {
      case 'Known':
        return 'Forgotten'
      case 'Forgotten':
        await this.#lab.removePod(this.#lab.pod(this.#spec.namespace, this.#spec.name))
        return 'Gone'
      case 'Gone':
        await this.#plug()
        return 'Back'
      case 'Back':
        this.#returns++
        return 'Known'
    }
  }

  async #plug(): Promise<void> {
    const { node, namespace, name, ips, interfaceName } = this.#spec
    const pod = await this.#lab.addPod({ node, namespace, name, ips, interfaceName })
    await silence(this.#lab, pod)
    await serveEchoes(this.#lab, [pod])
  }
}
