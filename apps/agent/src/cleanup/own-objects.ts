/** The seam between cleaning up and the kernel: what is ours there, and how one thing of it goes. */
import type { Removal } from './removal.ts'

export interface OwnObjects {
  /** In the order in which they can be removed. @throws NetlinkError */
  find(): Removal[]
  /** Does nothing if it went meanwhile. @throws NetlinkError */
  remove(removal: Removal): void
}
