/** An agent of a lab's node without an API: it is told all resources, and follows what changed. */
import type { Enforcer } from '@margay/agent'
import { type CompileOptions, Compiler, defaultCompileOptions } from '@margay/dataplane'
import type { LabNode } from '@margay/lab'
import { StateBuilder } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import { newEnforcer, viewOf } from './policy-lab.ts'

/** As agents do it: when packets have had time to go on. */
const tidyAfterMs = 200

export class LabAgent {
  readonly #node: LabNode
  readonly #states = new StateBuilder()
  readonly #compiler: Compiler
  readonly #enforcer: Enforcer
  #known = new Map<string, Resource>()
  #changedAt = Number.POSITIVE_INFINITY

  constructor(node: LabNode, options: Partial<CompileOptions> = {}) {
    this.#node = node
    this.#compiler = new Compiler({ ...defaultCompileOptions, ...options })
    this.#enforcer = newEnforcer(node)
  }

  /** @throws NftablesError */
  enforce(objects: readonly ResourceObject[]): void {
    if (performance.now() - this.#changedAt > tidyAfterMs) this.#tidy()
    const { state, delta } = this.#states.build(this.#admitted(objects))
    const steps = this.#compiler.update(state, delta, viewOf(this.#node))
    this.#enforcer.follow(steps, () => this.#compiler.ruleset())
    this.#changedAt = performance.now()
  }

  #tidy(): void {
    this.#enforcer.tidy()
    this.#enforcer.follow(this.#compiler.tidy(), () => this.#compiler.ruleset())
  }

  /** What says the same is the same object. */
  #admitted(objects: readonly ResourceObject[]): Resource[] {
    const before = this.#known
    this.#known = new Map()
    for (const object of objects) {
      const text = JSON.stringify(object)
      const [admitted] = before.has(text) ? [before.get(text)] : admitAll([object])
      if (admitted !== undefined) this.#known.set(text, admitted)
    }
    return [...this.#known.values()]
  }
}
