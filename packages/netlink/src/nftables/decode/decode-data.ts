/** Values and verdicts. */
import type { Attribute } from '../../message/attributes.ts'
import { verdicts } from '../codes.ts'
import { dataAttribute, verdictAttribute } from '../constants.ts'
import type { Verdict } from '../model.ts'

/** A copy: what was received is not kept for the sake of a few bytes. @throws NetlinkDecodeError */
export function readValue(attribute: Attribute): Uint8Array {
  return attribute.attributes().need(dataAttribute.value).bytes().slice()
}

/** Undefined for a verdict that the model does not have. @throws NetlinkDecodeError */
export function readData(attribute: Attribute): Uint8Array | Verdict | undefined {
  const data = attribute.attributes()
  const verdict = data.find(dataAttribute.verdict)
  return verdict === undefined ? data.need(dataAttribute.value).bytes().slice() : readVerdict(verdict)
}

function readVerdict(attribute: Attribute): Verdict | undefined {
  const fields = attribute.attributes()
  const kind = verdicts.nameOf(fields.need(verdictAttribute.code).u32Be())
  if (kind === 'jump' || kind === 'goto') return { kind, chain: fields.need(verdictAttribute.chain).string() }
  return kind === undefined ? undefined : { kind }
}
