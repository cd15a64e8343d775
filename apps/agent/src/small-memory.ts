import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'

/**
 * For a process that is at rest for most of its life, on a node that has other work: V8 collects young objects when 1 MiB is full, and no
 * longer waits for up to 16. And an agent that starts in a large cluster makes very much at once, of which half stays: until the start is
 * over, old objects are collected as soon as there is something to gain: 15 of 207 MB less, for a fifth more time (`npm run bench -- dataplane`,
 * start-of-day).
 */
export function keepMemorySmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--memory-saver-mode')
}

/**
 * Behind the start: little is made then, and changes of policy wait for nothing. Each makes about a MiB of young objects, and was interrupted once
 * to collect them, which was 7 % of the main thread's time; now it is 2.
 */
export function collectSeldom(): void {
  setFlagsFromString('--no-memory-saver-mode')
  growYoungSpace()
}

/** V8 counts both halves of the space, of which one is in use. */
const youngBytes = 2 * 4 * 2 ** 20
/** Each keeps a tenth of a MiB. */
const mostRounds = 500

/**
 * To a size that V8 has no option for once it runs. It doubles the space when as much as it holds has outlived collections, so something is made to
 * outlive them. Were it only allowed to grow, it would do so for as long as there are changes, up to 16 MiB for each half.
 */
function growYoungSpace(): void {
  setFlagsFromString('--semi-space-growth-factor=2')
  const survivors: unknown[] = []
  while (youngSpaceBytes() < youngBytes && survivors.length < mostRounds) survivors.push(lists())
  setFlagsFromString('--semi-space-growth-factor=1')
}

function youngSpaceBytes(): number {
  return (
    getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')?.space_size ?? youngBytes
  )
}

function lists(): number[][] {
  return Array.from({ length: 1000 }, (_, index) => [index])
}
