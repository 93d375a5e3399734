import type { Language } from '../accounts/view.js'
import type { Peer } from '../peers/peer.js'
import type { PeerTestView, ProbeCode } from '../peers/view.js'
import { DICOM } from './doctor-causes-dicom.js'
import { LINE, type Said, type Words } from './doctor-causes-line.js'

type Step = PeerTestView['steps'][number]

/** Why each step of a test can fail, in the words of those who will mend it. */
export const CAUSES: Readonly<Record<Exclude<ProbeCode, 'ok' | 'skipped'>, Words>> = { ...LINE, ...DICOM }

/** Cause and remedy of a step that did not pass; undefined for one that did, or was not tried. */
export function wordsFor(step: Step, peer: Peer, language: Language): Said | undefined {
  if (step.code === 'ok' || step.code === 'skipped') return undefined
  return CAUSES[step.code](peer)[language]
}

/** What to do next; a sentence of relief when all steps passed. */
export function advice(failed: Step | undefined, peer: Peer, language: Language): string {
  const said = failed === undefined ? undefined : wordsFor(failed, peer, language)
  if (said !== undefined) return said.join(' ')
  return language === 'fr' ? 'Tout répond. Rien à faire.' : 'Everything answers. Nothing to do.'
}

/** A mail to the people of the other side, ready to send: what fails, what is asked of them, and how we present ourselves. */
export function letter(failed: Step, peer: Peer, ours: PeerTestView['ours'], language: Language): string {
  const fr = language === 'fr'
  const line = (name: string, value: string) => `  ${name}${fr ? ' :' : ':'} ${value}`
  const tls = { none: fr ? 'sans' : 'none', server: 'TLS', mutual: fr ? 'TLS mutuel' : 'mutual TLS' }[
    ours.tls
  ]
  const us = [
    line('AE title', ours.aeTitle),
    ...(ours.address === undefined ? [] : [line(fr ? 'Adresse' : 'Address', ours.address)]),
    line('Port', String(ours.port)),
    line(fr ? 'Chiffrement' : 'Encryption', tls),
    ...(ours.fingerprint === undefined
      ? []
      : [line(fr ? 'Empreinte SHA-256' : 'SHA-256 fingerprint', ours.fingerprint)]),
  ]
  const them = [
    line('AE title', peer.aeTitles[0] ?? ''),
    line(fr ? 'Adresse' : 'Address', `${peer.host}:${peer.port}`),
    line(fr ? 'Étape en échec' : 'Step that fails', `${failed.step}, ${failed.code}`),
    ...(failed.detail === '' ? [] : [line(fr ? 'Détail' : 'Detail', failed.detail)]),
  ]
  const [hello, fails, please, we, thanks] = fr
    ? [
        'Bonjour,',
        'Notre test de connexion DICOM vers votre PACS échoue :',
        'Pouvez-vous vérifier de votre côté ?',
        'Nos paramètres, à déclarer chez vous :',
        'Merci.',
      ]
    : [
        'Hello,',
        'Our DICOM connection test to your PACS fails:',
        'Could you check on your side?',
        'Our parameters, to be registered on your side:',
        'Thank you.',
      ]
  return [
    hello,
    '',
    fails,
    ...them,
    '',
    advice(failed, peer, language),
    please,
    '',
    we,
    ...us,
    '',
    thanks,
  ].join('\n')
}
