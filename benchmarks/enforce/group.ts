import type { Group } from '../harness/bench.ts'
import { applySuites } from './apply.ts'
import { compileSuites } from './compile.ts'
import { nftSuites } from './nft.ts'

export const enforceGroup: Group = {
  name: 'enforce',
  about: 'from a policy that is written to the first packet that the kernel decides by it (root)',
  suites: (isQuick) => [...compileSuites(isQuick), ...nftSuites(isQuick), ...applySuites(isQuick)],
}
