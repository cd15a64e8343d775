import { eachOwnLabel, type Pod } from '@margay/resources'
import type { LabelList } from '../model/layered-labels.ts'

/** The own labels of one pod after the other, in one list: of most pods, which are replicas, nothing new is kept. */
export class OwnLabels {
  /** It may be longer than what was read last. */
  readonly #list: string[] = []
  #length = 0

  read(pod: Pod): void {
    this.#length = 0
    eachOwnLabel(pod, (name, value) => {
      this.#list[this.#length] = name
      this.#list[this.#length + 1] = value
      this.#length += 2
    })
  }

  /** Of the pod that was read last. */
  isLike(list: LabelList): boolean {
    return list.length === this.#length && list.every((text, i) => text === this.#list[i])
  }

  copy(): LabelList {
    return this.#list.slice(0, this.#length)
  }
}
