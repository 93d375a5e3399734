import { useState } from 'react'
import type { ConversationView, MessageView } from '../../node/conversations/view.js'
import { call, freshKey } from '../api/call.js'
import { ApiProblem } from '../api/problem.js'
import { useKept } from '../drafts/kept.js'
import type { Waiting } from '../parts/waiting.js'

export interface Draft {
  text: string
  mentions: { account: string; name: string }[]
}

/** A message that is not known to have arrived. */
export interface Unsent extends Draft {
  client: string
  files: Waiting[]
}

export const noDraft = (): Draft => ({ text: '', mentions: [] })

/** What is written here and not said yet. It outlives a reload; the same message twice is one for the node. */
export function useOutgoing(request: string, onSent: () => Promise<unknown>) {
  const [draft, setDraft, clearDraft] = useKept<Draft>(`relais.talk.${request}`, noDraft)
  const [files, setFiles, clearFiles] = useKept<Waiting[]>(`relais.talk.${request}.files`, () => [])
  const [unsent, setUnsent] = useKept<Unsent[]>(`relais.talk.${request}.unsent`, () => [])
  /** Under way; and why the others did not go. */
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set())
  const [problems, setProblems] = useState<Readonly<Record<string, ApiProblem>>>({})

  const deliver = async (message: Unsent) => {
    setBusy(now => new Set([...now, message.client]))
    setProblems(({ [message.client]: _, ...others }) => others)
    try {
      await call<MessageView>({
        method: 'POST',
        path: `/api/requests/${request}/conversation`,
        body: {
          client: message.client,
          text: message.text,
          mentions: message.mentions.map(({ account }) => account),
          attachments: message.files.map(({ name, content }) => ({ name, content })),
        },
      })
      await onSent()
      setUnsent(now => now.filter(({ client }) => client !== message.client))
    } catch (problem) {
      if (!(problem instanceof ApiProblem)) throw problem
      setProblems(now => ({ ...now, [message.client]: problem }))
    } finally {
      setBusy(now => new Set([...now].filter(client => client !== message.client)))
    }
  }

  return {
    draft,
    setDraft,
    files,
    setFiles,
    unsent,
    busy,
    problems,
    send: () => {
      const message: Unsent = {
        client: freshKey(),
        text: draft.text.trim(),
        // Named and taken out of the text again: not mentioned.
        mentions: draft.mentions.filter(({ name }) => draft.text.includes(`@${name}`)),
        files,
      }
      if (message.text === '' && files.length === 0) return
      setUnsent(now => [...now, message])
      clearDraft()
      clearFiles()
      void deliver(message)
    },
    again: (message: Unsent) => void deliver(message),
    takeBack: (message: Unsent) => {
      setUnsent(now => now.filter(({ client }) => client !== message.client))
      setDraft(now => ({
        text: [message.text, now.text].filter(Boolean).join('\n'),
        mentions: [...now.mentions, ...message.mentions],
      }))
      setFiles(now => [...message.files, ...now])
    },
  }
}

export type Outgoing = ReturnType<typeof useOutgoing>

/** How many messages the person has not read; theirs are read. */
export function unreadIn(view: ConversationView | undefined, account: string): number {
  if (!view) return 0
  const upTo = view.read.find(one => one.account === account)?.upTo ?? 0
  return view.items.filter(({ position, by }) => position > upTo && by.account !== account).length
}
