/**
 * Answers what a proxy asks by policy: the same evaluator that everything else of Margay is held equal to.
 *
 * Holds   1. What is not understood, or not known, is denied, for a reason that has a name.
 *         2. One check is decided on one state of policy: it never waits, and changes come between checks.
 *         3. Where several pods may be meant, as the source or the destination, the request is allowed if it is for every one of them.
 * Cost    Look-ups, and for each pair of kinds of pods one evaluation.
 * Source  spec/dataplane.md 8; docs/guide/application-layer.md.
 */
import type { Ip } from '@margay/netset'
import {
  type Decision,
  type Endpoint,
  evaluate,
  type Flow,
  type FlowPeer,
  formatPolicyRef,
  judgeWorkload,
  type MetLog,
  metLogs,
  protocols,
  type ResourceChange,
  readRequest,
  type Sent,
  type UpdatedState,
} from '@margay/policy'
import { type Answer, type Check, type Checker, NotReadyError } from '../check/check.ts'
import type { AnswerOptions } from './answer.ts'
import { Answers } from './answers.ts'
import { asksSourcePort } from './asks-source-port.ts'
import type { JudgedDirections } from './crowds.ts'
import { type Destination, type DestinationOptions, destinationOf } from './destinations.ts'
import { type Judgement, type LoggedRule, Refusal, unknown } from './judgement.ts'
import { type Source, type SourceOptions, sourceOf, type Who } from './sources.ts'
import type { Target } from './target.ts'
import { World } from './world.ts'

export interface JudgeOptions {
  readonly source: SourceOptions
  readonly destination: DestinationOptions
  /** Ingress of the destination, or the source's egress as well: for proxies that hide the source from its own node's kernel. */
  readonly judges: JudgedDirections
  /** What a connection is in which no request was read: bytes that nobody looks at, or one whose requests are asked about later. */
  readonly tcpChecks: 'not-http' | 'http-follows'
  readonly answers: AnswerOptions
  /** Told of each check that was answered. What it throws is lost. */
  readonly onJudged?: (judgement: Judgement) => void
  /** Told of mistakes of ours; the check is denied. */
  readonly onError?: (error: unknown) => void
}

/** For one sidecar, or a proxy of a node, in a cluster where nothing else is said. */
export const defaultJudgeOptions: JudgeOptions = {
  source: {
    identityFrom: { kind: 'Principal' },
    trustDomains: new Set(['cluster.local']),
    requiresIdentity: false,
  },
  destination: { node: undefined, workload: undefined, fromHost: false },
  judges: 'Ingress',
  tcpChecks: 'not-http',
  answers: { denyStatus: 403, denyBody: 'none', allowHeaders: false },
}

export class PolicyJudge implements Checker {
  readonly #options: JudgeOptions
  readonly #answers: Answers
  #world: World | undefined

  constructor(options: JudgeOptions = defaultJudgeOptions) {
    this.#options = options
    this.#answers = new Answers(options.answers)
  }

  /** False before it was told of policy, and after a change that could not be taken in. */
  get isReady(): boolean {
    return this.#world !== undefined
  }

  /**
   * All that there is, or after that what changed: kinds that policy reads, and services, each object once.
   *
   * @throws whatever a mistake of ours throws: it is not ready then, and has to be told of everything
   */
  update(changes: readonly ResourceChange[]): UpdatedState {
    const world = this.#world ?? this.#newWorld()
    this.#world = undefined
    const updated = world.update(changes)
    this.#world = world
    return updated
  }

  #newWorld(): World {
    const { judges, destination } = this.#options
    return new World({ judges, node: destination.node })
  }

  /** Forgets everything: the next update is of all that there is. */
  reset(): void {
    this.#world = undefined
  }

  check(check: Check): Answer {
    if (this.#world === undefined) throw new NotReadyError()
    const judgement = this.#judgeSafely(check, this.#world)
    this.#guarded(() => this.#options.onJudged?.(judgement))
    return this.#answers.of(judgement)
  }

  #judgeSafely(check: Check, world: World): Judgement {
    try {
      return new OneCheck(check, world, this.#options).judge()
    } catch (error) {
      this.#guarded(() => this.#options.onError?.(error))
      return { ...unknown, verdict: 'Deny', reason: 'InternalError' }
    }
  }

  #guarded(tell: () => void): void {
    try {
      tell()
    } catch {
      // Whoever listens decides nothing.
    }
  }
}

type Outcome = Pick<Judgement, 'verdict' | 'reason' | 'hit' | 'direction' | 'logged'>

const itself: Outcome = { verdict: 'Allow', reason: 'Self', hit: undefined, direction: undefined, logged: [] }

class OneCheck {
  readonly #check: Check
  readonly #world: World
  readonly #options: JudgeOptions
  readonly #source: Source
  readonly #destination: Destination
  readonly #sent: Sent | undefined

  constructor(check: Check, world: World, options: JudgeOptions) {
    this.#check = check
    this.#world = world
    this.#options = options
    this.#source = sourceOf(check, world, options.source)
    this.#destination = destinationOf(check, world, options.destination)
    this.#sent = sentIn(check, options)
  }

  judge(): Judgement {
    const { name: source, disagrees } = this.#source
    const { name: destination, port } = this.#destination
    const request = typeof this.#sent === 'object' ? this.#sent : undefined
    const { method, path } = request ?? { method: undefined, path: undefined }
    return { ...this.#decide(), source, destination, port, method, path, disagrees }
  }

  #decide(): Outcome {
    const { who } = this.#source
    const { targets } = this.#destination
    if (!isWellFormed(this.#check)) return refused(new Refusal('MalformedRequest'))
    if (who instanceof Refusal) return refused(who)
    if (targets instanceof Refusal) return refused(targets)
    return this.#decideForAll(who, targets)
  }

  /** The first that denies; else the first. */
  #decideForAll(who: Who, targets: readonly Target[]): Outcome {
    const [only] = targets
    if (who.kind === 'Peer' && only !== undefined && targets.length === 1)
      return this.#decideOne(who.peer, only)
    let first: Outcome | undefined
    for (const target of targets) {
      for (const peer of this.#peersOf(who, target)) {
        const outcome = this.#decideOne(peer, target)
        if (outcome.verdict === 'Deny') return outcome
        if (first === undefined || first === itself) first = outcome
      }
    }
    return first ?? refused(new Refusal('UnknownIdentity'))
  }

  *#peersOf(who: Who, target: Target): Iterable<FlowPeer> {
    if (who.kind === 'Peer') {
      yield who.peer
      return
    }
    const { crowds, state } = this.#world
    for (const endpoint of crowds.kindsOf(who.account, who.pods, target.endpoint, state)) {
      for (const address of sendingAddresses(endpoint, target)) yield { endpoint, address }
    }
  }

  #decideOne(source: FlowPeer, target: Target): Outcome {
    if (source.endpoint === target.endpoint) return itself
    const flow = this.#flow(source, target)
    if (flow.sourcePort === undefined && this.#asksSourcePort(source, target))
      return refused(new Refusal('UnknownSourcePort'))
    const decision = this.#evaluate(flow, target)
    const decided = decision.ingress ?? decision.egress
    const logged = this.#logged(flow, target, decision).map(loggedRule)
    const hit = decided?.trace.at(-1)
    return { verdict: decision.verdict, reason: 'Policy', hit, direction: decided?.direction, logged }
  }

  #asksSourcePort({ endpoint: sender }: FlowPeer, { endpoint }: Target): boolean {
    const { state } = this.#world
    if (asksSourcePort(state.effectivePolicy(endpoint, 'Ingress'))) return true
    if (this.#options.judges !== 'Both' || sender === undefined) return false
    return asksSourcePort(state.effectivePolicy(sender, 'Egress'))
  }

  #evaluate(flow: Flow, { endpoint }: Target): Decision {
    const { state } = this.#world
    if (this.#options.judges === 'Both') return evaluate(state, flow)
    const ingress = judgeWorkload(state, endpoint, 'Ingress', flow)
    return { verdict: ingress.verdict, egress: undefined, ingress }
  }

  #logged(flow: Flow, { endpoint }: Target, { egress, ingress }: Decision): readonly MetLog[] {
    const { state } = this.#world
    const sender = flow.source.endpoint
    const sent = egress === undefined || sender === undefined ? [] : metLogs(state, sender, 'Egress', flow)
    return ingress === undefined ? sent : [...sent, ...metLogs(state, endpoint, 'Ingress', flow)]
  }

  #flow(source: FlowPeer, { endpoint, address, port }: Target): Flow {
    const { source: from, destination: to } = this.#check
    const transport = (to.socket ?? from.socket)?.protocol ?? 'TCP'
    return {
      source,
      destination: { endpoint, address },
      ipVersion: (address ?? source.address)?.version ?? 4,
      protocol: transport === 'UDP' ? protocols.udp : protocols.tcp,
      sourcePort: from.socket?.port,
      destinationPort: port,
      icmp: undefined,
      http: this.#sent,
    }
  }
}

/** A pod may send from each of its addresses; from one of another IP version through whoever translates. */
function sendingAddresses({ addresses }: Endpoint, { address: to }: Target): readonly Ip[] {
  const fitting = addresses.filter(({ version }) => version === to?.version)
  return fitting.length > 0 ? fitting : addresses.slice(0, 1)
}

function sentIn({ http }: Check, { tcpChecks }: JudgeOptions): Sent | undefined {
  if (http === undefined) return tcpChecks === 'not-http' ? 'NotHttp' : undefined
  const { method, path, host } = http
  return readRequest({
    method,
    path,
    host: host === '' ? undefined : host,
    get headers() {
      return http.headers
    },
  })
}

function isWellFormed({ http, source, destination }: Check): boolean {
  const arePorts = [source.socket, destination.socket].every((it) => it === undefined || isPort(it.port))
  return arePorts && http?.method !== ''
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 0 && port <= 65_535
}

function refused({ reason }: Refusal): Outcome {
  return { verdict: 'Deny', reason, hit: undefined, direction: undefined, logged: [] }
}

function loggedRule({ tier, policy, ruleIndex }: MetLog): LoggedRule {
  return { tier, policy: formatPolicyRef(policy), rule: ruleIndex }
}
