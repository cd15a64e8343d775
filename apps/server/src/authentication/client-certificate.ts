/**
 * The user that a TLS client certificate names: the common name is the user, the organizations are the groups.
 *
 * Source  Kubernetes authentication, "X.509 client certificates".
 */
import type { TLSSocket } from 'node:tls'
import { authenticatedGroup, type User } from './user.ts'

/** Undefined without a certificate that our authority signed for use by clients. */
export function userOfConnection(socket: TLSSocket): User | undefined {
  if (!socket.authorized) return undefined
  const { subject } = socket.getPeerCertificate()
  const name = firstOf(subject?.CN)
  if (name === undefined || name === '') return undefined
  return { name, groups: [...listOf(subject.O), authenticatedGroup] }
}

function listOf(value: string | string[] | undefined): string[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function firstOf(value: string | string[] | undefined): string | undefined {
  return listOf(value)[0]
}
