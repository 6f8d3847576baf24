/** In which formats the gateway tells of its vehicles, and where. */
export const SPEECH_PATHS = {
    queue: "/avl/messages",
    "gtfs-realtime": "/gtfs-rt/vehicle-positions.pb",
    bustime: "/bustime/api/v3/getvehicles",
    "siri-vm": "/siri/vm.xml",
};
export const SPEECHES = Object.keys(SPEECH_PATHS);
