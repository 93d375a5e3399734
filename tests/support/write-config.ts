// Writes config/relais.yaml and config/relais.schema.json from the schema of the settings:
// npx tsx tests/support/write-config.ts
import { writeFileSync } from 'node:fs'
import { stringify } from 'yaml'
import { settings, settingsJsonSchema } from '../../node/settings.js'

const WIDTH = 108
const HEAD = `# yaml-language-server: $schema=relais.schema.json
#
# The complete configuration of Relais: every setting, its default, and one sentence about it.
# Change what you need; what is left out keeps its default. All faults are reported together at start.
# Each key can also be set in the environment as RELAIS_<SECTION>_<KEY>, which wins over this file:
# http.headerTimeoutMs is RELAIS_HTTP_HEADER_TIMEOUT_MS, dicom.tlsPort is RELAIS_DICOM_TLS_PORT.
# Shorter names that also work: RELAIS_PUBLIC_URL (http.publicUrl), RELAIS_SMTP_URL (mail.smtpUrl),
# RELAIS_ALLOW_LOOPBACK_PEERS (peers.allowLoopback). RELAIS_CONFIG names another file than this one.
# A secret can lie in a file of its own, named by the same variable with _FILE behind it, as systemd credentials and
# container secrets do: RELAIS_SMTP_URL_FILE, RELAIS_ADMIN_PASSWORD_FILE, RELAIS_HTTP_METRICS_TOKEN_FILE.
# Units are in the names: Ms milliseconds, Bytes, Mb mebibytes. null means: not set.
`

function comment(text: string, indent: string): string {
  const lines = [`${indent}#`]
  for (const word of text.split(' ')) {
    if (`${lines.at(-1)} ${word}`.length > WIDTH) lines.push(`${indent}#`)
    lines[lines.length - 1] += ` ${word}`
  }
  return `${lines.join('\n')}\n`
}

const schema = settingsJsonSchema() as { properties: Record<string, { description: string }> }
const sections = Object.entries(schema.properties).map(([section, { description }]) => {
  const keys = settings().filter(({ path }) => path.startsWith(`${section}.`))
  const lines = keys.map(setting => {
    const value = stringify(setting.standard, { collectionStyle: 'flow', lineWidth: 0 }).trim()
    return `${comment(setting.description, '  ')}  ${setting.path.slice(section.length + 1)}: ${value}\n`
  })
  return `${comment(description, '')}${section}:\n${lines.join('')}`
})
writeFileSync('config/relais.yaml', [HEAD, ...sections].join('\n'))
writeFileSync('config/relais.schema.json', `${JSON.stringify(schema, null, 2)}\n`)
