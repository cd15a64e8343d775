/** Why a server refused an object of a manifest, one line for each field at fault. */
import type { ApiError } from '@margay/client'
import type { ManifestDocument } from '@margay/resources'

export function describeRefusal(document: ManifestDocument, { details, message }: ApiError): string[] {
  const causes = (details.causes ?? []).filter(({ field }) => field !== undefined && field !== '')
  if (causes.length === 0) return [`${document.file}:${document.lineOf('')}: ${message}`]
  return causes.map(({ field = '', message: what = message }) => {
    const place = `${document.file}:${document.lineOf(field)}`
    return `${place}: ${field}: ${what}`
  })
}
