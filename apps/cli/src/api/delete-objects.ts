/** `margay delete`: by kind and name, or whatever manifests name. */
import { ApiError, isNotFound } from '@margay/client'
import type { KindDefinition } from '@margay/resources'
import { type ExitCode, exitCodes, usageError } from '../errors.ts'
import type { Io } from '../io.ts'
import { readDocuments } from '../manifests/read-documents.ts'
import type { ClientFlags } from './client-options.ts'
import { type Connection, withConnection } from './connect.ts'
import { planDelete } from './plan-manifests.ts'
import { qualifiedObjectName, resolveOneKind, resolveTargets } from './resolve-kinds.ts'

export interface DeleteOptions extends ClientFlags {
  readonly filename?: readonly string[]
  readonly ignoreNotFound?: true
  readonly dryRun?: 'client' | 'server'
}

interface Doomed {
  readonly kind: KindDefinition
  readonly name: string
  readonly namespace: string
}

export async function deleteObjects(
  operands: readonly string[],
  options: DeleteOptions,
  io: Io,
): Promise<ExitCode> {
  const { filename } = options
  if (filename !== undefined && operands.length > 0)
    throw usageError('give -f, or a kind and names, not both')
  const named = filename === undefined ? resolveNamed(operands) : []
  const documents = filename === undefined ? [] : await readDocuments(filename, io)
  return withConnection(options, io, async (connection) => {
    const { namespace } = connection
    const isNamespaceBinding = options.namespace !== undefined
    const planned = planDelete(documents, { namespace, isNamespaceBinding }).map(({ kind, object }) => ({
      kind,
      name: object.metadata.name,
      namespace: object.metadata.namespace ?? namespace,
    }))
    const doomed = [...named.map((one) => ({ ...one, namespace })), ...planned]
    let exitCode: ExitCode = exitCodes.ok
    for (const one of doomed) {
      if (!(await deleteOne(one, connection, options, io))) exitCode = exitCodes.no
    }
    return exitCode
  })
}

function resolveNamed(operands: readonly string[]): { kind: KindDefinition; name: string }[] {
  return resolveTargets(operands).flatMap((target) => {
    if (target.names.length === 0) throw usageError('say which: give names, or -f with manifests')
    const kind = resolveOneKind(target)
    return target.names.map((name) => ({ kind, name }))
  })
}

/** False: it could not be deleted, and that was told. */
async function deleteOne(
  doomed: Doomed,
  { client }: Connection,
  options: DeleteOptions,
  io: Io,
): Promise<boolean> {
  const { kind, name, namespace } = doomed
  const { dryRun, ignoreNotFound } = options
  try {
    if (dryRun !== 'client') await client.delete(kind, { name, namespace }, { dryRun: dryRun === 'server' })
    const how = dryRun === undefined ? '' : ` (${dryRun} dry run)`
    io.stdout.write(`${qualifiedObjectName(kind, name)} deleted${how}\n`)
    return true
  } catch (error) {
    if (!(error instanceof ApiError)) throw error
    if (isNotFound(error) && ignoreNotFound === true) return true
    io.stderr.write(`error: ${error.message}\n`)
    return false
  }
}
