import { emptyAlert, } from "./gtfs-realtime.js";
import { add, checkEnd, readTrip } from "./gtfs-realtime-read-descriptors.js";
/**
 * Alert = 1 active_period*, 5 informed_entity*, 6 cause, 7 effect, 8 url, 10 header, 11 description, 12 tts header,
 * 13 tts description, 14 severity, 15 image, 16 image alternative text, 17 cause detail, 18 effect detail
 */
export function readAlert(reader, end) {
    const alert = emptyAlert();
    while (reader.position < end) {
        const tag = reader.varint();
        switch (tag) {
            case 10:
                add(alert.activePeriods, readTimeRange(reader, reader.lengthDelimited()), reader);
                break;
            case 42:
                add(alert.informedEntities, readSelector(reader, reader.lengthDelimited()), reader);
                break;
            case 48:
                alert.cause = reader.int32();
                break;
            case 56:
                alert.effect = reader.int32();
                break;
            case 66:
                readTranslations(reader, reader.lengthDelimited(), alert.url);
                break;
            case 82:
                readTranslations(reader, reader.lengthDelimited(), alert.headerText);
                break;
            case 90:
                readTranslations(reader, reader.lengthDelimited(), alert.descriptionText);
                break;
            case 98:
                readTranslations(reader, reader.lengthDelimited(), alert.ttsHeaderText);
                break;
            case 106:
                readTranslations(reader, reader.lengthDelimited(), alert.ttsDescriptionText);
                break;
            case 112:
                alert.severityLevel = reader.int32();
                break;
            case 122:
                readImages(reader, reader.lengthDelimited(), alert.images);
                break;
            case 130:
                readTranslations(reader, reader.lengthDelimited(), alert.imageAlternativeText);
                break;
            case 138:
                readTranslations(reader, reader.lengthDelimited(), alert.causeDetail);
                break;
            case 146:
                readTranslations(reader, reader.lengthDelimited(), alert.effectDetail);
                break;
            default:
                reader.skip(tag);
        }
    }
    checkEnd(reader, end);
    return alert;
}
function readTimeRange(reader, end) {
    const range = { start: undefined, end: undefined };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 8)
            range.start = reader.varint();
        else if (tag === 16)
            range.end = reader.varint();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return range;
}
function readSelector(reader, end) {
    const selector = {
        agencyId: undefined,
        routeId: undefined,
        routeType: undefined,
        trip: undefined,
        stopId: undefined,
        directionId: undefined,
    };
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag === 10)
            selector.agencyId = reader.string();
        else if (tag === 18)
            selector.routeId = reader.string();
        else if (tag === 24)
            selector.routeType = reader.int32();
        else if (tag === 34)
            selector.trip = readTrip(reader, reader.lengthDelimited());
        else if (tag === 42)
            selector.stopId = reader.string();
        else if (tag === 48)
            selector.directionId = reader.varint();
        else
            reader.skip(tag);
    }
    checkEnd(reader, end);
    return selector;
}
/** TranslatedString = 1 translation*; Translation = 1 text, 2 language. */
export function readTranslations(reader, end, into) {
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag !== 10) {
            reader.skip(tag);
            continue;
        }
        const inner = reader.lengthDelimited();
        const translation = { text: undefined, language: undefined };
        while (reader.position < inner) {
            const part = reader.varint();
            if (part === 10)
                translation.text = reader.string();
            else if (part === 18)
                translation.language = reader.string();
            else
                reader.skip(part);
        }
        checkEnd(reader, inner);
        add(into, translation, reader);
    }
    checkEnd(reader, end);
}
/** TranslatedImage = 1 localized_image*; LocalizedImage = 1 url, 2 media_type, 3 language. */
function readImages(reader, end, into) {
    while (reader.position < end) {
        const tag = reader.varint();
        if (tag !== 10) {
            reader.skip(tag);
            continue;
        }
        const inner = reader.lengthDelimited();
        const image = { url: undefined, mediaType: undefined, language: undefined };
        while (reader.position < inner) {
            const part = reader.varint();
            if (part === 10)
                image.url = reader.string();
            else if (part === 18)
                image.mediaType = reader.string();
            else if (part === 26)
                image.language = reader.string();
            else
                reader.skip(part);
        }
        checkEnd(reader, inner);
        add(into, image, reader);
    }
    checkEnd(reader, end);
}
