#!/usr/bin/env -S node --disable-warning=ExperimentalWarning
/** Builds the real world and hands it in. */
import { realIo } from './real-io.ts'
import { run } from './run.ts'

process.exitCode = await run(process.argv.slice(2), realIo())
