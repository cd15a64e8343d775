/**
 * One node's end of the encrypted network, for one IP version, worked out again and again: each time costs a glance at each node, and what
 * changed since. It comes to what `desiredTunnel` and `guardedAddresses` say of the same cluster.
 */
import { type Cidr, formatCidr } from '@margay/netset'
import { Following } from './following.ts'
import type { DesiredTunnel, TunnelWorld } from './tunnel-model.ts'

export interface Followed {
  /** The same object as before if nothing of it changed; undefined: it is switched off. */
  readonly tunnel: DesiredTunnel | undefined
  /** The same list as before if it did not change; undefined: encryption is not required. */
  readonly guarded: readonly Cidr[] | undefined
}

export class FollowedTunnel {
  #settings: TunnelWorld['settings'] | undefined
  #settingsText = ''
  #frame = ''
  #following: Following | undefined

  /** Settings and pools reach everywhere, and seldom change: where they do, all is worked out anew. */
  follow(world: TunnelWorld): Followed {
    const frame = this.#frameOf(world)
    if (this.#following === undefined || frame !== this.#frame) this.#following = new Following(world)
    this.#frame = frame
    const tunnel = this.#following.follow(world)
    return { tunnel, guarded: world.settings.required ? this.#following.guarded() : undefined }
  }

  /** The same settings come as other objects too. */
  #frameOf({ version, ownName, settings, pools }: TunnelWorld): string {
    if (settings !== this.#settings) this.#settingsText = textOf(settings)
    this.#settings = settings
    return [this.#settingsText, version, ownName, ...(settings.required ? pools.map(formatCidr) : [])].join(
      '\n',
    )
  }
}

function textOf(settings: TunnelWorld['settings']): string {
  return JSON.stringify(settings, (_, value) => (typeof value === 'bigint' ? String(value) : value))
}
