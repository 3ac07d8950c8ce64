package dev.tidepool.codec;

/** The codecs that every test of codecs is run with. */
enum TestCodec {
    FST {
        @Override
        Codec create(ClassLoader loader, AllowList allowed) {
            return new FstCodec(loader, allowed);
        }
    },
    JDK {
        @Override
        Codec create(ClassLoader loader, AllowList allowed) {
            return new JdkCodec(loader, allowed);
        }
    };

    abstract Codec create(ClassLoader loader, AllowList allowed);

    /** Returns a codec that allows all sample classes. */
    Codec permissive() {
        return create(Samples.class.getClassLoader(), Samples.permissive());
    }

    /** Returns a codec that allows the sample classes whose names have no Secret, and one child of a secret. */
    Codec strict() {
        return create(Samples.class.getClassLoader(), Samples.strict());
    }

    int maxDepth() {
        return this == FST ? GraphWriter.MAX_DEPTH : JdkStream.MAX_DEPTH;
    }
}
