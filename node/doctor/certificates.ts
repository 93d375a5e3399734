import { createPrivateKey, X509Certificate } from 'node:crypto'
import { isoAt } from '../clock.js'
import { reasonOf } from '../errors.js'
import { certificatesIn, readCertificate } from '../peers/certificates/certificate.js'
import { alarmDue } from '../peers/certificates/expiry.js'
import { readNamed } from '../private-files.js'
import {
  attention,
  broken,
  type Check,
  type Finding,
  good,
  notChecked,
  type Patient,
  span,
  withoutServices,
} from './check.js'

/** Until when it counts, for a certificate that is well otherwise. */
function untilFinding(
  until: number,
  now: number,
  more: { fr: string; en: string },
  subject: string,
  remedy: { fr: string; en: string },
): Finding {
  const due = alarmDue(until, now)
  const day = isoAt(until).slice(0, 10)
  const left = span(until - now)
  if (due === 0)
    return broken(
      [`Expiré depuis le ${day}.${more.fr}`, remedy.fr],
      [`Expired since ${day}.${more.en}`, remedy.en],
      subject,
    )
  if (due !== undefined)
    return attention(
      [`Expire le ${day}, dans ${left.fr}.${more.fr}`, remedy.fr],
      [`Ends on ${day}, in ${left.en}.${more.en}`, remedy.en],
      subject,
    )
  return good(`Jusqu’au ${day}.${more.fr}`, `Until ${day}.${more.en}`, subject)
}

/** The certificate of the screens, as a browser will judge it. */
export const httpCertificate: Check = {
  id: 'certificate-http',
  group: 'certificates',
  name: { fr: 'Écrans (HTTPS)', en: 'Screens (HTTPS)' },
  look: ({ config, clock }) => {
    const { certificateFile, keyFile, publicUrl } = config.http
    if (certificateFile === null || keyFile === null)
      return notChecked(
        ['Ce nœud ne sert pas HTTPS lui-même (http.certificateFile).'],
        ['This node does not serve HTTPS itself (http.certificateFile).'],
      )
    const chain = certificatesIn(readNamed(certificateFile)).map(pem => new X509Certificate(pem))
    const [first] = chain
    if (first === undefined)
      return broken(
        [`${certificateFile} ne contient pas de certificat.`, 'Remettez la chaîne PEM.'],
        [`${certificateFile} holds no certificate.`, 'Put the PEM chain back.'],
      )
    const facts = readCertificate(first)
    const faults = chainFaults(chain, readNamed(keyFile))
    const host = publicUrl === null ? undefined : new URL(publicUrl).hostname
    if (host !== undefined && first.checkHost(host) === undefined && first.checkIP(host) === undefined)
      faults.push([
        [`Il n’est pas au nom de ${host} (http.publicUrl).`, 'Demandez un certificat à ce nom.'],
        [`It is not made out to ${host} (http.publicUrl).`, 'Ask for a certificate with that name.'],
      ])
    const renew = { fr: 'Renouvelez-le.', en: 'Renew it.' }
    return [
      ...faults.map(([fr, en]) => broken(fr, en, facts.name)),
      untilFinding(facts.until, clock.now(), { fr: '', en: '' }, facts.name, renew),
    ]
  },
}

type Fault = [fr: readonly [string, string], en: readonly [string, string]]

/** Key and chain: each certificate must be signed by the next one. */
function chainFaults(chain: readonly X509Certificate[], key: string): Fault[] {
  const faults: Fault[] = []
  const [first] = chain
  try {
    if (first?.checkPrivateKey(createPrivateKey(key)) === false)
      faults.push([
        ['La clé n’est pas celle du certificat.', 'Remettez les deux fichiers ensemble.'],
        ['The key is not that of the certificate.', 'Put both files back together.'],
      ])
  } catch (thrown) {
    const reason = reasonOf(thrown)
    faults.push([
      [`La clé ne se lit pas : ${reason}.`, 'Remettez une clé PEM sans mot de passe.'],
      [`The key cannot be read: ${reason}.`, 'Put a PEM key without a pass phrase.'],
    ])
  }
  const gap = chain.findIndex((each, at) => {
    const next = chain[at + 1]
    return next !== undefined && !(each.checkIssued(next) && each.verify(next.publicKey))
  })
  if (gap >= 0)
    faults.push([
      [
        `La chaîne se rompt après le certificat ${gap + 1}.`,
        'Mettez le certificat, puis les intermédiaires, dans l’ordre.',
      ],
      [
        `The chain breaks after certificate ${gap + 1}.`,
        'Put the certificate, then the intermediates, in order.',
      ],
    ])
  return faults
}

/** What proves this node and its peers to one another over DICOM. */
export const dicomCertificates: Check = {
  id: 'certificate-dicom',
  group: 'certificates',
  name: { fr: 'DICOM', en: 'DICOM' },
  look: async patient => {
    const { services, clock } = patient
    if (services === undefined) return withoutServices(patient)
    const { certificates } = services
    const troubles = certificates
      .troubles()
      .map(reason =>
        broken(
          [`Inutilisable : ${reason}`, 'Corrigez ou retirez ce fichier.'],
          [`Cannot be used: ${reason}`, 'Correct or remove that file.'],
        ),
      )
    const rows = (await certificates.known())
      .filter(({ holder }) => holder !== 'screens')
      .map(({ holder, peer, subject, until }) => {
        const what = holder === 'node' ? nameOf(patient) : (peer ?? subject)
        const remedy = {
          node: { fr: 'relais ca rotate node', en: 'relais ca rotate node' },
          authority: {
            fr: 'Mettez la nouvelle autorité dans dicom.certsDir.',
            en: 'Put the new authority into dicom.certsDir.',
          },
          peer: {
            fr: 'Demandez à ce pair son nouveau certificat (nextCertificate).',
            en: 'Ask that peer for its new certificate (nextCertificate).',
          },
          screens: { fr: 'Renouvelez-le.', en: 'Renew it.' },
        }[holder]
        const whose = {
          node: { fr: ' Celui de ce nœud.', en: ' That of this node.' },
          authority: { fr: ' Une autorité.', en: ' An authority.' },
          peer: { fr: ' Celui d’un pair.', en: ' That of a peer.' },
          screens: { fr: '', en: '' },
        }[holder]
        return untilFinding(until, clock.now(), whose, what, remedy)
      })
    return [...troubles, ...ownChain(patient), ...rows]
  },
}

function nameOf({ services, config }: Patient): string {
  return services?.certificates.own().facts.name ?? config.dicom.aeTitle
}

function ownChain({ services }: Patient): Finding[] {
  if (services === undefined) return []
  const { chain, key, facts } = services.certificates.own()
  return chainFaults(
    certificatesIn(chain).map(pem => new X509Certificate(pem)),
    key,
  ).map(([fr, en]) => broken(fr, en, facts.name))
}
