/** What a lab of this name has on the machine: nothing should be left when it is gone. */
import { existsSync, readdirSync } from 'node:fs'
import { commandLines } from './margay.ts'

export function leftoversOf(lab: string): string[] {
  const folder = '/run/netns'
  const namespaces = existsSync(folder)
    ? readdirSync(folder).filter((name) => name.startsWith(`margay-${lab}.`))
    : []
  const processes = commandLines().filter(
    (line) => line.includes(`margay-${lab}.`) || line.includes(`/labs/${lab}.api`),
  )
  const state = `/run/margay/labs/${lab}.json`
  return [...namespaces, ...processes, ...(existsSync(state) ? [state] : [])]
}
