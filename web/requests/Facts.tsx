import { Phone } from 'lucide-react'
import { Fragment } from 'react'
import type { RequestView } from '../../node/requests/view.js'
import { Button } from '../parts/Button.js'
import { askItemWords } from '../words/ask-items.js'
import { useFormats } from '../words/format.js'
import { laterWords } from '../words/later.js'
import { newRequestWords } from '../words/new-request.js'
import { requestWords } from '../words/requests.js'
import { useWords } from '../words/words.js'
import { protocolOf } from './events.js'
import { useInWords } from './in-words.js'
import styles from './RequestPage.module.css'

/** The form as the reader needs it: whom to call first, then the exam, the risks, and who vouches for what. */
export function Facts({ request, onTellExam }: { request: RequestView; onTellExam?: () => void }) {
  const t = useWords(requestWords)
  const f = useWords(newRequestWords)
  const later = useWords(laterWords)
  const formats = useFormats()
  const inWords = useInWords()
  const a = useWords(askItemWords)
  const examLine = ({ dose, contrast, device, laterality, reason, by }: NonNullable<RequestView['exam']>) =>
    [
      device,
      laterality && laterality !== 'none' ? a('said.side', { side: t(`laterality.${laterality}`) }) : '',
      reason,
      dose?.ctdiVol === undefined ? '' : a('said.ctdi', { n: dose.ctdiVol }),
      dose?.dlp === undefined ? '' : a('said.dlp', { n: dose.dlp }),
      dose?.dap === undefined ? '' : a('said.dap', { n: dose.dap }),
      contrast
        ? [
            contrast.product,
            contrast.lot && a('said.lot', { lot: contrast.lot }),
            contrast.volumeMl && a('said.volume', { n: contrast.volumeMl }),
          ]
            .filter(Boolean)
            .join(', ')
        : '',
      a('said.by', { by }),
    ]
      .filter(Boolean)
      .join(' · ')
  const risks = inWords.risks(request.risks)
  const { responsible, identityCheck, patient } = request
  const rows: [string, string | undefined, boolean?][] = [
    [
      t('label.exam'),
      inWords.exam({ modality: request.modality, region: request.region }) +
        (request.kind === 'opinion' ? ` · ${t('kind.opinion')}` : ''),
    ],
    [t('label.protocol'), protocolOf(request), true],
    [t('label.laterality'), t(`laterality.${request.laterality ?? 'none'}`)],
    [f('label.contrast'), request.contrast && f(`contrast.${request.contrast}`)],
    [t('label.risks'), risks.length > 0 ? risks.join(' · ') : t('risk.none')],
    [t('label.context'), request.context, true],
    [
      f('label.wanted'),
      request.wantedWithinMinutes === undefined
        ? undefined
        : f('wanted.within', { time: formats.span(request.wantedWithinMinutes * 60_000) }),
    ],
    [t('label.accession'), request.accession],
    [f('label.usedName'), patient.usedName],
    [a('exam.label'), request.exam && examLine(request.exam)],
    [t('label.site'), request.siteName],
    [
      f('label.responsible'),
      responsible && [responsible.name, responsible.phone].filter(Boolean).join(' · '),
    ],
    [
      t('label.reader'),
      [request.holder?.name, request.toName].filter(Boolean).join(' · ') || t('row.noReader'),
    ],
    [
      t('label.identity'),
      [request.identityCheckedBy, identityCheck && f(`checkHow.${identityCheck.how}`), identityCheck?.note]
        .filter(Boolean)
        .join(' · '),
    ],
    [t('label.consent'), inWords.consent(request.consent)],
    [
      later('check'),
      request.happenedAt &&
        later('asked', {
          asked: formats.dateTime(request.happenedAt),
          recorded: formats.dateTime(request.createdAt),
        }),
    ],
  ]
  return (
    <section className="card">
      <a className={styles.phone} href={`tel:${request.requester.phone.replace(/[^\d+]/g, '')}`}>
        <Phone aria-hidden="true" />
        <span>
          <span className="unseen">{t('label.phone')} </span>
          <strong>{request.requester.phone}</strong>
          <span className="second">
            {[
              request.requester.name,
              request.requester.service,
              request.requester.rpps ? `${t('label.rpps')} ${request.requester.rpps}` : '',
            ]
              .filter(Boolean)
              .join(' · ')}
          </span>
        </span>
      </a>
      <dl>
        {rows.map(([label, value, isText]) =>
          value ? (
            <Fragment key={label}>
              <dt>{label}</dt>
              <dd className={isText ? styles.text : undefined}>{value}</dd>
            </Fragment>
          ) : null,
        )}
      </dl>
      {onTellExam ? (
        <p className={styles.under}>
          <Button size="s" onPress={onTellExam}>
            {a('exam.tell')}
          </Button>
        </p>
      ) : null}
    </section>
  )
}
