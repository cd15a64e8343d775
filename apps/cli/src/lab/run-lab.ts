/** `margay lab`: the main job, end to end, told to a person. */
import type { Resource } from '@margay/resources'
import { loadClientConfig } from '../api/connect.ts'
import { type ExitCode, environmentError, exitCodes } from '../errors.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { listResources } from '../matrix/findings.ts'
import { disagreements, type Finding, judge, measure } from '../matrix/measure.ts'
import { writeMatrix } from '../matrix/write-matrix.ts'
import { loadResources } from '../query/load-resources.ts'
import { aborted } from '../stop-signal.ts'
import { type LabSession, startLabSession } from './lab-session.ts'
import { labPaths } from './paths.ts'
import { inApiOrder, topologyOf } from './topology.ts'

export interface RunLabOptions {
  readonly topology: readonly string[]
  readonly policies?: readonly string[]
  readonly name: string
  /** 0 takes a free one. */
  readonly port: number
  readonly once?: true
  /** False: the kernel does what it likes, and nobody checks it. */
  readonly agents: boolean
}

/** Ends when `stop` aborts, or by itself with `once`. Exit code 1 when the kernel does otherwise than policy says. */
export async function runLab(options: RunLabOptions, stop: AbortSignal, io: Io): Promise<ExitCode> {
  const topology = topologyOf(await read(options.topology, io))
  const policies = inApiOrder(options.policies === undefined ? [] : await read(options.policies, io))
  const paths = labPaths(options.name)
  const session = await startLabSession({
    name: options.name,
    paths,
    topology,
    port: options.port,
    loadClientConfig: (kubeconfig) => loadClientConfig({ kubeconfig }, io),
    progress: (line) => io.stderr.write(`${line}\n`),
    withAgents: options.agents,
  })
  try {
    const isTrue = options.agents ? await show(session, policies, options, io) : true
    if (!options.agents) await session.apply(policies)
    if (options.once || stop.aborted) return isTrue ? exitCodes.ok : exitCodes.no
    io.stdout.write(howToGoOn(options.name, paths.kubeconfig))
    await untilStopped(session, stop)
    return exitCodes.ok
  } finally {
    io.stderr.write('cleaning up\n')
    await session.close()
  }
}

async function read(paths: readonly string[], io: Io): Promise<Resource[]> {
  return loadResources(await readDocuments(paths, io), io)
}

/** True when the kernel did what policy says, both times. */
async function show(
  session: LabSession,
  policies: readonly Resource[],
  { policies: paths = [] }: RunLabOptions,
  io: Io,
) {
  io.stdout.write('\nWho reaches whom without policies:\n\n')
  const before = await settled(session)
  await writeMatrix(before, 'table', io)
  if (policies.length === 0) return disagreements(before).length === 0
  io.stderr.write(`\napplying ${policies.length} objects of ${paths.join(', ')}\n`)
  await session.apply(policies)
  io.stdout.write('\nWho reaches whom with them, measured by real connections:\n\n')
  const after = await settled(session)
  await writeMatrix(after, 'table', io)
  return disagreements([...before, ...after]).length === 0
}

const settleTimeoutMs = 5_000

/** Measures until the kernel does what the API's policies say: the agent needs a moment for what was just written. */
async function settled({ client, lab }: LabSession): Promise<Finding[]> {
  const findings = judge(await listResources(client))
  const deadline = performance.now() + settleTimeoutMs
  for (;;) {
    const measured = await measure(lab, findings)
    if (disagreements(measured).length === 0 || performance.now() > deadline) return measured
  }
}

function howToGoOn(name: string, kubeconfig: string): string {
  const lab = name === 'demo' ? '' : ` --lab ${name}`
  return `
The lab stays up until Ctrl-C. Its kubeconfig: ${kubeconfig}
In a second terminal, try:

  export KUBECONFIG=${kubeconfig}
  kubectl get tiers,globalnetworkpolicies.projectcalico.org,networkpolicies.projectcalico.org -A
  kubectl delete globalnetworkpolicies.projectcalico.org --all
  ./margay matrix${lab}

`
}

/** @throws CliError when the server or an agent ends by itself: without them the lab is none */
async function untilStopped({ server, agents }: LabSession, stop: AbortSignal): Promise<void> {
  const ends = [server, ...agents].map(({ ended }) => ended)
  const why = await Promise.race([aborted(stop).then(() => undefined), ...ends])
  if (why !== undefined) throw environmentError(why)
}
