/** Values and verdicts: `NFTA_DATA_…`, `NFTA_VERDICT_…`. */
import type { MessageWriter } from '../../message/message-writer.ts'
import { verdicts } from '../codes.ts'
import { dataAttribute, verdictAttribute } from '../constants.ts'
import type { Verdict } from '../model.ts'

export function writeData(writer: MessageWriter, type: number, value: Uint8Array): void {
  const start = writer.startNested(type)
  writer.attribute(dataAttribute.value, value)
  writer.endNested(start)
}

export function writeVerdict(writer: MessageWriter, type: number, verdict: Verdict): void {
  const data = writer.startNested(type)
  const nested = writer.startNested(dataAttribute.verdict)
  writer.u32Be(verdictAttribute.code, verdicts.codeOf(verdict.kind))
  if ('chain' in verdict) writer.string(verdictAttribute.chain, verdict.chain)
  writer.endNested(nested)
  writer.endNested(data)
}
