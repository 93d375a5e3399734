// Debian packages: what must be compiled, or tested against, comes from the distribution. Installed when we
// may (root, or sudo without a password), otherwise named in a sentence.

import { existsSync } from 'node:fs'
import { programNamed, say } from './place.mjs'
import { lastWords, run } from './run.mjs'

const aptTimeoutMs = 10 * 60_000
const askTimeoutMs = 5_000

/** Where Debian puts Orthanc's DICOMweb plugin: no program of its own. */
export const orthancDicomweb = '/usr/share/orthanc/plugins/libOrthancDicomWeb.so'

/** Program, or file → Debian package; any one of them is enough. */
export const testPrograms = [
  { programs: ['storescu'], debian: 'dcmtk' },
  { programs: ['Orthanc', 'orthanc'], debian: 'orthanc' },
  { programs: [orthancDicomweb], debian: 'orthanc-dicomweb' },
  { programs: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  { programs: ['strace'], debian: 'strace' },
  { programs: ['pdftotext'], debian: 'poppler-utils' },
  { programs: ['xorriso'], debian: 'xorriso' },
  { programs: ['genisoimage'], debian: 'genisoimage' },
  { programs: ['sslscan'], debian: 'sslscan' },
  { programs: ['dciodvfy'], debian: 'dicom3tools' },
  { programs: ['gdcminfo'], debian: 'libgdcm-tools' },
  { programs: ['python3'], debian: 'python3' },
]

/** @param {{ programs: string[], debian: string }[]} needs @returns {string[]} Debian packages that are missing */
export function missing(needs) {
  /** @param {string} program */
  const there = program => (program.startsWith('/') ? existsSync(program) : programNamed(program))
  return needs.filter(need => !need.programs.some(there)).map(need => need.debian)
}

/**
 * Installs Debian packages when this machine lets us. Says what it does first, as it changes the machine;
 * `RELAIS_SETUP_APT=0` forbids it.
 * @param {string[]} packages
 * @returns {Promise<boolean>} whether apt-get installed them
 */
export async function installDebianPackages(packages) {
  const apt = programNamed('apt-get')
  if (!apt || process.env.RELAIS_SETUP_APT === '0') return false
  const before = await rightToInstall()
  if (!before) return false
  const [command, ...args] = [...before, apt]
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const label = `apt-get install ${packages.join(' ')}`
  say(label)
  const how = { env, timeoutMs: aptTimeoutMs, label }
  const install = ['install', '-y', '--no-install-recommends', ...packages]
  // Without lists (a fresh container) the first attempt fails at once; only then is an update worth its time.
  let result = await run(command, [...args, ...install], how)
  if (!result.ok && !result.timedOut) {
    await run(command, [...args, '-o', 'Acquire::Retries=1', 'update'], { ...how, label: 'apt-get update' })
    result = await run(command, [...args, ...install], how)
  }
  if (!result.ok) say(`apt-get could not install them:\n${lastWords(result, 4)}`)
  return result.ok
}

/** The words to put before apt-get, or undefined when we may not. */
async function rightToInstall() {
  const keepQuestionsAway = ['env', 'DEBIAN_FRONTEND=noninteractive']
  if (process.getuid?.() === 0) return keepQuestionsAway
  const sudo = programNamed('sudo')
  if (!sudo) return undefined
  const asked = await run(sudo, ['-n', 'true'], { timeoutMs: askTimeoutMs })
  return asked.ok ? [sudo, '-n', ...keepQuestionsAway] : undefined
}

/** Before the tests: what they talk to. A test whose program is missing is skipped, and counted as skipped. */
export async function installTestPrograms() {
  const packages = missing(testPrograms)
  if (packages.length === 0 || (await installDebianPackages(packages))) return
  say(`not installed: ${packages.join(' ')}. The tests that need them are skipped; to run them:`)
  say(`    sudo apt-get install ${packages.join(' ')}`)
}
