/** What a server says beside its answer. Source: RFC 9110 section 5.6.4, RFC 7234 section 5.5; Kubernetes sends code 299. */
const warning = /299 \S+ "((?:[^"\\]|\\.)*)"/g

/** The texts of `Warning` headers, each on one line. */
export function readWarnings(header: string | readonly string[] | undefined): string[] {
  return [header ?? []]
    .flat()
    .flatMap((value) => [...value.matchAll(warning)].map(([, text = '']) => plain(text)))
}

/** Without the quoting, and without anything that would move the cursor of a terminal. */
function plain(text: string): string {
  return text.replace(/\\(.)/g, '$1').replace(/\p{Cc}+/gu, ' ')
}
