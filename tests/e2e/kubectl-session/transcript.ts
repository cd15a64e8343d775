/** A session as text, with what differs from one server and moment to the next left out. */
import type { Kubectl, Result } from '../../../apps/server/src/testing/kubectl.ts'
import type { Step } from './steps.ts'

/** One text for each step: the call, its exit code, and what it printed. */
export async function transcribe(kubectl: Kubectl, steps: readonly Step[]): Promise<string[]> {
  const texts: string[] = []
  for (const step of steps) texts.push(format(step, await kubectl.run(step.args, step.input)))
  return texts
}

export function parseTranscript(text: string): string[] {
  return text
    .split(/^(?=\$ kubectl )/m)
    .map((part) => part.trimEnd())
    .filter((part) => part.startsWith('$ kubectl '))
}

function format({ args, input }: Step, { code, stdout, stderr }: Result): string {
  const lines = [
    `$ kubectl ${args.join(' ')}`,
    ...indent(input),
    `exit ${code}`,
    ...normalized(stdout),
    ...normalized(stderr).map((line) => `! ${line}`),
  ]
  return lines.join('\n')
}

function indent(input = ''): string[] {
  return input.trim() === ''
    ? []
    : input
        .trim()
        .split('\n')
        .map((line) => `  | ${line}`)
}

function normalized(text: string): string[] {
  const plain = text.replace(/^DESCRIPTION:\n(?: {4}.*\n?)*/gm, '')
  return plain
    .trimEnd()
    .split('\n')
    .map(normalizeLine)
    .filter((line) => line !== '')
}

/** Ages, versions, times, the names of temporary files, blanks between columns, and how a field's fault is put in words. */
function normalizeLine(line: string): string {
  return line
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, 'UID')
    .replace(/\/tmp\/\S+?\/(?=[^/\s]+$)/g, 'TMP/')
    .replace(/ {2,}/g, '  ')
    .replace(/ {2}(?:<invalid>|\d+(?:s|ms|m|m\d+s))$/, '  AGE')
    .replace(/^((?:The \w+ "[^"]*" is invalid: |\* )[\w.[\]/-]+: ).*/, '$1…')
    .replace(/^(The request is invalid: the ).*/, '$1…')
    .replace(/(field label not supported: [\w.]+).*/, '$1')
    .replace(/resourceVersion: "\d+"/, 'resourceVersion: "N"')
    .trimEnd()
}
