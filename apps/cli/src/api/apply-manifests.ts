/** `margay apply`: check everything here, then write, one object after the other. */
import { ApiError, type ApplyResult } from '@margay/client'
import { type ExitCode, exitCodes } from '../errors.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import { formatData } from '../output/data.ts'
import { toShownObject } from '../output/objects.ts'
import type { ClientFlags } from './client-options.ts'
import { type Connection, withConnection } from './connect.ts'
import { describeRefusal } from './describe-refusal.ts'
import { type PlannedObject, planApply } from './plan-manifests.ts'
import { qualifiedObjectName } from './resolve-kinds.ts'

export interface ApplyOptions extends ClientFlags {
  readonly filename: readonly string[]
  readonly dryRun?: 'client' | 'server'
  readonly output?: 'json' | 'yaml' | 'name'
}

export async function applyManifests(options: ApplyOptions, io: Io): Promise<ExitCode> {
  const documents = await readDocuments(options.filename, io)
  return withConnection(options, io, async (connection) => {
    const { namespace } = connection
    const planned = planApply(documents, { namespace, isNamespaceBinding: options.namespace !== undefined })
    if (planned.length === 0) io.stderr.write('nothing to apply\n')
    let exitCode: ExitCode = exitCodes.ok
    for (const one of planned) {
      if (!(await applyOne(one, connection, options, io))) exitCode = exitCodes.no
    }
    return exitCode
  })
}

/** False: the server refused it, and was told. */
async function applyOne(
  planned: PlannedObject,
  connection: Connection,
  options: ApplyOptions,
  io: Io,
): Promise<boolean> {
  try {
    const result = await write(planned, connection, options)
    io.stdout.write(await formatResult(planned, result, options))
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    for (const line of describeRefusal(planned.document, error)) io.stderr.write(`error: ${line}\n`)
    return false
  }
}

async function write(
  { kind, object }: PlannedObject,
  { client }: Connection,
  { dryRun }: ApplyOptions,
): Promise<ApplyResult | undefined> {
  if (dryRun === 'client') return undefined
  return client.apply(kind, object, { dryRun: dryRun === 'server' })
}

async function formatResult(
  { kind, object }: PlannedObject,
  result: ApplyResult | undefined,
  { output, dryRun }: ApplyOptions,
): Promise<string> {
  const name = qualifiedObjectName(kind, object.metadata.name)
  if (output === 'name') return `${name}\n`
  if (output === undefined) {
    const how = dryRun === undefined ? '' : ` (${dryRun} dry run)`
    return `${name} ${result?.outcome ?? 'valid'}${how}\n`
  }
  const shown = await formatData(toShownObject(result?.object ?? object), output)
  return output === 'yaml' ? `---\n${shown}` : shown
}
