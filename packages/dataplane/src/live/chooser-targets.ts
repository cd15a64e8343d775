/** Where packets of a class go: chains that are there until they were released as often as they were retained. */
import type { Peer } from '@margay/policy'

export interface ChooserTargets {
  retain(peer: Peer | undefined): string
  release(target: string): void
  /** False where no class can be as this peer is: then nothing has to be said of it. */
  isPossible(peer: Peer): boolean
}
