/** What there is to ask an end about: connections, and each kind of HTTP request that its rules tell apart. */
import type { HttpRequest } from '../model/flow.ts'
import { protocols } from '../model/protocol.ts'
import type { Connectivity } from './connectivity.ts'
import type { JudgedEnd } from './judged-ends.ts'

/** An end with what it is asked about. */
export interface AskedEnd extends JudgedEnd {
  /** Undefined: may connections be opened? */
  readonly request: HttpRequest | undefined
}

/** Connections first; then requests, over TCP. Mostly no rule asks for these. @throws TooManyRequestsError */
export function questionsAt(end: JudgedEnd, { traffics }: Connectivity): AskedEnd[] {
  const packets = traffics.intersect(end.packets, traffics.ofProtocol(protocols.tcp))
  return [
    { ...end, request: undefined },
    ...end.judge.requestClasses.map(({ request }) => ({ ...end, packets, request })),
  ]
}
