import { catalogue } from './catalogue.js'

/** Images that a reader marked, beside their report. */
export const keyImages = catalogue({
  fr: {
    title: 'Images clés',
    series: 'série {n}',
    image: 'im. {n}',
    frame: 'vue {n}',
    window: 'F {width} / C {center}',
    alt: 'Image clé : {what}',
    remove: 'Retirer l’image clé {what}',
    notDrawn: 'Ne peut pas être reproduite ici',
  },
  en: {
    title: 'Key images',
    series: 'series {n}',
    image: 'im. {n}',
    frame: 'frame {n}',
    window: 'W {width} / L {center}',
    alt: 'Key image: {what}',
    remove: 'Take the key image {what} away',
    notDrawn: 'Cannot be reproduced here',
  },
})
