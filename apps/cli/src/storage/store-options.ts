/** Which store a command is about: a data directory or an etcd, exactly one of them. */
import type { EtcdOptions } from '@margay/server'
import type { Command } from 'commander'
import { usageError } from '../errors.ts'
import { configureEtcd, type EtcdFlags, parseEtcd } from './etcd-options.ts'

export interface StoreOptions extends EtcdFlags {
  readonly dataDir?: string
}

export type StoreLocation = { readonly dataDir: string } | { readonly etcd: EtcdOptions }

/** `dataDir` tells of it what the command needs. */
export function configureStore(command: Command, dataDir: string): void {
  configureEtcd(command.option('--data-dir <directory>', dataDir))
}

/** @throws CliError */
export function parseStore(options: StoreOptions): StoreLocation {
  const etcd = parseEtcd(options)
  const { dataDir } = options
  if ((dataDir === undefined) === (etcd === undefined))
    throw usageError('give either --data-dir or --etcd-servers')
  return etcd === undefined ? { dataDir: dataDir ?? '' } : { etcd }
}
