import { setFlagsFromString } from 'node:v8'

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

/** Behind the start: little is made then, and changes of policy wait for nothing. */
export function collectSeldom(): void {
  setFlagsFromString('--no-memory-saver-mode')
}
