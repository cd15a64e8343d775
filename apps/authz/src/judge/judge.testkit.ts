/** What tests of the judge have in common. */
import type { ResourceChange } from '@margay/policy'
import type { Resource, ResourceObject } from '@margay/resources'
import { admitAll } from '@margay/testkit'
import type { Check, HttpAttributes, SocketAddress } from '../check/check.ts'
import type { Judgement } from './judgement.ts'
import { defaultJudgeOptions, type JudgeOptions, PolicyJudge } from './policy-judge.ts'

/** Everything that a check says, in short. */
export interface Said {
  readonly from?: string
  readonly fromPort?: number
  readonly principal?: string
  readonly to?: string
  readonly port?: number
  readonly protocol?: SocketAddress['protocol']
  readonly http?: Partial<HttpAttributes> | undefined
  readonly extensions?: Readonly<Record<string, string>>
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, string>>>>
}

/** A `GET /` to port 80, where nothing else is said. */
export function checkOf(said: Said): Check {
  const { from, fromPort = 40_000, principal = '', to, port = 80, protocol = 'TCP', http = {} } = said
  const socket = (address: string | undefined, at: number) =>
    address === undefined ? undefined : { protocol, address, port: at }
  return {
    source: { socket: socket(from, fromPort), principal },
    destination: { socket: socket(to, port), principal: '' },
    http: 'http' in said && said.http === undefined ? undefined : { ...root, ...http },
    contextExtensions: new Map(Object.entries(said.extensions ?? {})),
    metadata: new Map(
      Object.entries(said.metadata ?? {}).map(([name, of]) => [name, new Map(Object.entries(of))]),
    ),
  }
}

const root: HttpAttributes = { method: 'GET', path: '/', host: 'web', headers: new Map() }

export interface TestJudge {
  readonly judge: PolicyJudge
  readonly judged: Judgement[]
  readonly errors: unknown[]
  /** What came of it. @throws what went wrong within */
  ask(check: Check): Judgement
}

export function judgeOf(objects: readonly ResourceObject[], options: Partial<JudgeOptions> = {}): TestJudge {
  const judged: Judgement[] = []
  const errors: unknown[] = []
  const judge = new PolicyJudge({
    ...defaultJudgeOptions,
    ...options,
    onJudged: (it) => judged.push(it),
    onError: (error) => errors.push(error),
  })
  judge.update(added(admitAll(objects)))
  const ask = (check: Check) => {
    judge.check(check)
    if (errors.length > 0) throw errors[0]
    return judged.at(-1) as Judgement
  }
  return { judge, judged, errors, ask }
}

export function added(resources: readonly Resource[]): ResourceChange[] {
  return resources.map((after) => ({ before: undefined, after }))
}
