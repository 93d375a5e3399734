import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { MARK } from '../../node/doctor/backup.js'
import { settings } from '../../node/settings.js'
import { temporary } from '../support/node.js'
import { found } from '../support/programs.js'
import { root } from '../support/sources.js'

const run = promisify(execFile)
const text = (file: string) => readFileSync(join(root, 'config/deploy', file), 'utf8')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  bin: Record<string, string>
}

/** `key=value` lines of a unit, in order; also those that are only proposed. */
function linesOf(unit: string, proposed = false): [string, string][] {
  return text(unit)
    .split('\n')
    .map(line => (proposed ? line.replace(/^#(?=[A-Z]\w+=)/, '') : line))
    .filter(line => /^[A-Z]\w+=/.test(line))
    .map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])
}
const valuesOf = (unit: string, key: string, proposed = false) =>
  linesOf(unit, proposed).flatMap(([name, value]) => (name === key ? [value] : []))

test('what is set in the environment of a service or container is a setting', t => {
  const secrets = new Set(settings().flatMap(({ variable, secret }) => (secret ? [`${variable}_FILE`] : [])))
  const known = new Set([
    ...settings().map(({ variable }) => variable),
    ...secrets,
    'RELAIS_CONFIG',
    'RELAIS_PUBLIC_URL',
    'RELAIS_SMTP_URL_FILE',
    'RELAIS_SETUP_APT',
  ])
  for (const file of ['relais.service', 'Containerfile', 'healthcheck.mjs']) {
    const names = text(file).match(/\bRELAIS_[A-Z_]+/g) ?? []
    t.true(names.length > 0)
    t.deepEqual(
      names.filter(name => !known.has(name)),
      [],
      file,
    )
  }
})

test('a service and a container start the program, keep its data where it may write, and are nobody', t => {
  const cli = manifest.bin['relais'] as string
  const [start = ''] = valuesOf('relais.service', 'ExecStart')
  t.true(start.endsWith(` ${cli} start`))
  t.deepEqual(valuesOf('relais.service', 'User'), ['relais'])
  const environment = valuesOf('relais.service', 'Environment', true)
  const state = `/var/lib/${valuesOf('relais.service', 'StateDirectory')[0]}`
  for (const setting of ['RELAIS_DATA_DIR', 'RELAIS_DICOM_CERTS_DIR'])
    t.true(
      environment.some(each => each.startsWith(`${setting}=${state}`)),
      `${setting} is where it may write`,
    )
  // Each credential that is named is one the service is given.
  const given = valuesOf('relais.service', 'LoadCredential', true).map(each => each.split(':')[0])
  const used = environment.flatMap(each => /=%d\/(.+)$/.exec(each)?.[1] ?? [])
  t.deepEqual(used, given as string[])
  for (const [key, value] of [
    ['ProtectSystem', 'strict'],
    ['PrivateTmp', 'true'],
    ['NoNewPrivileges', 'true'],
    ['UMask', '0077'],
    ['StateDirectoryMode', '0700'],
    ['LimitNOFILE', '65536'],
  ] as const)
    t.deepEqual(valuesOf('relais.service', key), [value])

  const image = text('Containerfile')
  t.is(image.match(/^FROM \$\{BASE\}( AS build)?$/gm)?.length, 2, 'the base can be pinned')
  t.is(image.match(/^FROM /gm)?.length, 2)
  t.regex(image, /^USER 10001:10001$/m)
  t.true(image.includes(`ENTRYPOINT ["node", "${cli}"]`))
  t.regex(image, /^VOLUME \/data$/m)
  const [, check = ''] = /^HEALTHCHECK .*CMD \["node", "(.+)"\]$/m.exec(image) ?? []
  t.true(existsSync(join(root, check)))
  for (const [, from] of image.matchAll(/^COPY --from=build (?:\/app\/\S+ )*\/app\/(\S+) /gm))
    t.true(['LICENSE', 'node_modules', 'config', 'dist'].includes(from as string))
  const [first, ...allowed] = text('Containerfile.dockerignore')
    .split('\n')
    .filter(line => !/^(#|$)/.test(line))
  t.is(first, '*', 'nothing goes into the image but what is named')
  for (const secret of ['data', 'certs', '.git', 'dist', 'node_modules'])
    t.false(allowed.includes(`!${secret}`))
})

test('a reverse proxy passes on what the node asks for, and limits nothing of it', t => {
  const nginx = text('nginx.conf')
  for (const line of [
    /proxy_set_header\s+Host\s+\$host;/,
    /proxy_set_header\s+X-Forwarded-For\s+\$remote_addr;/,
    /proxy_set_header\s+X-Forwarded-Proto\s+\$scheme;/,
    /proxy_set_header\s+Upgrade\s+\$http_upgrade;/,
    /client_max_body_size\s+0;/,
    /proxy_request_buffering off;/,
    /access_log off;/,
    /ssl_protocols\s+TLSv1\.2 TLSv1\.3;/,
  ])
    t.regex(nginx, line)
  const port = settings().find(({ path }) => path === 'http.port')?.standard
  for (const file of ['nginx.conf', 'Caddyfile']) {
    t.true(text(file).includes(`127.0.0.1:${port}`), file)
    t.true(text(file).includes('http.trustedProxies: [127.0.0.1]'), file)
  }
})

const nginx = found('nginx')
;(nginx && found('openssl') ? test : test.skip)('nginx takes its example', async t => {
  const folder = temporary(t)
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'chain.pem')]
  const subject = ['-subj', '/CN=relais.example.org', '-days', '1']
  await run('openssl', [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    key,
    '-out',
    certificate,
    ...subject,
  ])
  let sockets = 0
  const site = text('nginx.conf')
    .replace('/etc/relais/tls/fullchain.pem', certificate)
    .replace('/etc/relais/tls/privkey.pem', key)
    .replace(
      /listen [^;]*?( ssl http2)?;/g,
      (_, ssl = '') => `listen unix:${folder}/${sockets++}.sock${ssl};`,
    )
  writeFileSync(join(folder, 'site.conf'), site)
  writeFileSync(
    join(folder, 'nginx.conf'),
    `pid ${folder}/pid;\nerror_log stderr;\nevents {}\nhttp {\n  include ${folder}/site.conf;\n}\n`,
  )
  await t.notThrowsAsync(run(nginx as string, ['-t', '-p', folder, '-c', join(folder, 'nginx.conf')]))
})

const analyze = found('systemd-analyze')
;(analyze ? test : test.skip)('the service is confined, as systemd judges it', async t => {
  const unit = join(root, 'config/deploy/relais.service')
  // Tenths: below 2.0 it calls a service safe enough to be exposed.
  await t.notThrowsAsync(run(analyze as string, ['security', '--offline=true', '--threshold=20', unit]))
})

;(found('rsync') ? test : test.skip)(
  'a backup is whole, the node is started again also when it fails, and its age is known',
  async t => {
    const folder = temporary(t)
    const [data, target, said] = [join(folder, 'data'), join(folder, 'target'), join(folder, 'said')]
    for (const path of ['objects/1', 'keys', 'scratch']) mkdirSync(join(data, path), { recursive: true })
    const files = {
      'relais.sqlite': 'db',
      'relais.sqlite-wal': 'wal',
      'objects/1/abc': 'image',
      'keys/dicom.pem': 'key',
    }
    for (const [name, content] of Object.entries(files)) writeFileSync(join(data, name), content)
    for (const name of ['scratch/x', 'objects/1/half.part', 'relais.lock'])
      writeFileSync(join(data, name), '')
    const program = join(root, 'config/deploy/relais-backup')
    t.true((statSync(program).mode & 0o111) !== 0)
    const backup = (to: string, stop = 'stop') =>
      run(program, [to], {
        env: {
          PATH: process.env['PATH'] ?? '',
          RELAIS_DATA_DIR: data,
          RELAIS_BACKUP_STOP: `${join(folder, 'tell')} ${stop}`,
          RELAIS_BACKUP_START: `${join(folder, 'tell')} start`,
        },
      })
    writeFileSync(join(folder, 'tell'), `#!/bin/sh\necho $1 >>${said}\n[ "$1" != fail ]\n`, { mode: 0o755 })
    await backup(target)
    for (const [name, content] of Object.entries(files))
      t.is(readFileSync(join(target, 'data', name), 'utf8'), content, name)
    for (const name of ['scratch', 'objects/1/half.part', 'relais.lock'])
      t.false(existsSync(join(target, 'data', name)), name)
    t.true(existsSync(join(target, 'WHOLE')))
    t.true(existsSync(join(data, MARK)))
    t.is(readFileSync(said, 'utf8'), 'stop\nstart\n')

    await t.throwsAsync(backup(target, 'fail'))
    t.false(existsSync(join(target, 'WHOLE')), 'one that failed is not taken for a whole one')
    t.is(readFileSync(said, 'utf8'), 'stop\nstart\nfail\nstart\n')
  },
)
