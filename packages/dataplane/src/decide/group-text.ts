/**
 * Texts that are equal for rules that decide alike and say the same reasons. A rule stands in them as a token, since the same rules govern
 * many groups: short, and never the same for two rules. Tokens are of this process; what they are hashed to is the same at any time.
 */
import { formatIp } from '@margay/netset'
import { criteriaOf, type PeerMatch, type PortMatch, type Rule, type ServiceSet } from '@margay/policy'
import { hash64 } from '../nft/hash.ts'
import type { Group, OwnedRule, Stage } from './group.ts'
import type { PeerRule } from './peer-rule.ts'

export interface Text {
  /** Decides identity in this process. */
  readonly key: string
  /** To be hashed where it has to be the same in another process; two texts have the same one as rarely as hashes collide. */
  readonly stable: string
}

interface RuleToken {
  readonly id: string
  readonly hash: string
}

export class GroupTexts {
  readonly #byRule = new WeakMap<Rule, RuleToken>()
  readonly #byText = new Map<string, RuleToken>()

  /** Of rules that were ever asked about. */
  get size(): number {
    return this.#byText.size
  }

  ofGroup({ version, tiers, stage }: Group): Text {
    return this.#text([version, stage.kind, stage.direction, stage.end], tiers, (rule, part) =>
      this.#peerRule(rule, part),
    )
  }

  /** All of a stage. */
  ofStage({ key, tiers }: Pick<Stage, 'key' | 'tiers'>): Text {
    return this.#text([key], tiers, (rule, part) => this.#token(rule)[part])
  }

  #text<R>(
    what: readonly unknown[],
    tiers: readonly { readonly name: string; readonly defaultAction: string; readonly rules: readonly R[] }[],
    write: (rule: R, part: keyof RuleToken) => string,
  ): Text {
    const all = (part: keyof RuleToken) =>
      JSON.stringify([
        ...what,
        tiers.map(({ name, defaultAction, rules }) => [
          name,
          defaultAction,
          rules.map((rule) => write(rule, part)).join(' '),
        ]),
      ])
    return { key: all('id'), stable: all('hash') }
  }

  /** What it asks of the own side is answered. */
  #peerRule({ source, owner, position, ownPorts, notOwnPorts }: PeerRule, part: keyof RuleToken): string {
    const token = `${this.#token({ rule: source, owner })[part]}@${position}`
    const isPlain = ownPorts === undefined && notOwnPorts === undefined
    return isPlain ? token : `${token}${JSON.stringify([ownPorts, notOwnPorts])}`
  }

  #token(owned: OwnedRule): RuleToken {
    const known = this.#byRule.get(owned.rule)
    if (known !== undefined) return known
    const text = ruleText(owned)
    const token = this.#byText.get(text) ?? {
      id: this.#byText.size.toString(36),
      hash: hash64(text).toString(36),
    }
    this.#byText.set(text, token)
    this.#byRule.set(owned.rule, token)
    return token
  }
}

/** A rule stands in one policy, and so has one owner. */
function ruleText({ rule, owner }: OwnedRule): string {
  const { action, origin, ipVersion, protocol, notProtocol, icmp, notIcmp } = rule
  const ends = [peerText(rule.source), peerText(rule.destination)]
  return JSON.stringify([owner, action, origin, ipVersion, protocol, notProtocol, icmp, notIcmp, ends])
}

function peerText(peer: PeerMatch): unknown {
  const { positive, negative } = criteriaOf(peer)
  const keys = [positive, negative].map((list) => list.map(({ key }) => key))
  const service = peer.inService === undefined ? null : serviceText(peer.inService)
  return [keys, service, portText(peer.ports), portText(peer.notPorts)]
}

const textByService = new WeakMap<ServiceSet, string>()

/** With the places where it is: they may be others at another time. */
function serviceText(service: ServiceSet): string {
  const known = textByService.get(service)
  if (known !== undefined) return known
  const places = service.places.members.map(({ address, ...port }) =>
    JSON.stringify([formatIp(address), port]),
  )
  const text = JSON.stringify([service.id, service.addresses.map(formatIp).sort(), places.sort()])
  textByService.set(service, text)
  return text
}

function portText(match: PortMatch | undefined): unknown {
  return match === undefined ? null : [match.ranges, match.names, match.namesWithin?.id]
}
