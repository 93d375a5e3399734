import { z } from 'zod'
import { minute, optional, second, secret, text, whole } from './setting-kinds.js'

export const conversations = z
  .strictObject({
    textMaxChars: whole(4000, 100, 20_000, 'Characters of one message.'),
    attachmentsMax: whole(5, 0, 20, 'Files of one message.'),
    attachmentsMbMax: whole(20, 1, 100, 'MiB of the files of one message together.'),
    messagesMax: whole(300, 10, 500, 'Messages about one request.'),
    perMinuteMax: whole(20, 1, 120, 'Messages of one person in a minute.'),
  })
  .describe('What the parties of a request say to each other, kept with the act.')

export const webhooks = z
  .strictObject({
    timeoutMs: whole(10 * second, second, minute, 'Time for a receiver to take one delivery.'),
    giveUpHours: whole(24, 1, 30 * 24, 'A delivery that nobody took for so long waits for a person.'),
    overlapHours: whole(24, 0, 30 * 24, 'After a new secret the one before signs beside it for so long.'),
    perSiteMax: whole(10, 0, 100, 'Webhooks of one site.'),
  })
  .describe('Programs of a site that are told of facts by signed calls. What is sent holds no health data.')

export const push = z
  .strictObject({
    contact: optional(
      'mailto: or https: address that the push services of browsers may write to; without it no browser is woken.',
    ),
    hosts: z
      .array(z.string().regex(/^[a-z0-9.-]{1,253}$/, 'a host name'))
      .max(32)
      .default(['fcm.googleapis.com', 'push.services.mozilla.com', 'notify.windows.com', 'push.apple.com'])
      .describe('Push services that are called, with everything below these names; no other.'),
    timeoutMs: whole(10 * second, second, minute, 'Time for one push service to take one message.'),
    devicesMax: whole(10, 1, 100, 'Browsers of one person that can be woken.'),
  })
  .describe('Messages to browsers that are closed (Web Push). They never hold health data.')

export const telephone = z
  .strictObject({
    gatewayUrl: secret(
      'http:// or https:// address of the gateway that sends SMS or places calls; without it no telephone is rung.',
    ),
    contentType: z
      .enum(['application/json', 'application/x-www-form-urlencoded'])
      .default('application/json')
      .describe('How the gateway wants to be spoken to.'),
    body: text(
      '{"to":"{number}","message":"{text}"}',
      'What it is sent: {number}, {text}, {id} and {urgency} stand for their values, escaped for the content type.',
    ),
    authorization: secret('Value of the Authorization header, e.g. Bearer … or Basic …'),
    countryCode: z
      .string()
      .regex(/^[1-9]\d{0,2}$/, 'digits, e.g. 33')
      .default('33')
      .describe('Country of numbers that begin with 0.'),
    timeoutMs: whole(10 * second, second, minute, 'Time for the gateway to take one message.'),
  })
  .describe('The telephone: SMS or calls through a gateway. What is sent holds no health data.')
