export async function answer(library, request, onProgress, signal) {
    switch (request.method) {
        case "load":
            return library.load({ ...request.load, onProgress, signal });
        case "versions":
            return library.versions(request.agency);
        case "refusal":
            return library.refusal(request.agency);
        case "calendar": {
            const reader = library.reader(request.version);
            return { services: reader.services(), exceptions: reader.exceptions() };
        }
        case "routes":
            return library.reader(request.version).routes();
        case "frequencies":
            return library.reader(request.version).frequencies();
        case "trips":
            return library.reader(request.version).trips(request.after, request.limit);
        case "stopTimes":
            return library.reader(request.version).stopTimes(request.of);
        case "shape":
            return library.reader(request.version).shape(request.of);
        case "remove":
            return library.remove(request.version);
        case "close":
            return library.close();
    }
}
